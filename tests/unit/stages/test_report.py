from pathlib import Path

import pandas as pd

from budama.report.languages import LANGUAGES
from tests.unit.report.html import Page
from tests.unit.report.scenario import SETTINGS, report, summary

HOSTILE = '<script>alert("1")</script> | *çok* `uzun` şey مرحبا'


def test_markdown_has_the_published_columns_in_both_languages(tmp_path: Path) -> None:
    found = report(tmp_path)
    english = found["en"]
    assert "# TS3 – Summary Report" in english
    assert "| Magnitude | layer-wise | 75.55 | 75.2 – 75.9 | 93.50 | −3.04 |" in english
    assert "| 97.70 | – |" in english
    assert "- **Test images:** 49,997" in english
    turkish = found["tr"]
    assert (
        "| Büyüklük (magnitude) | katman bazlı | 75,55 | 75,2 – 75,9 | 93,50 | −3,04 |" in turkish
    )
    assert "−%19,1" in turkish
    assert "- **Test görüntüsü:** 49.997" in turkish


def test_the_page_holds_all_languages_and_loads_nothing(tmp_path: Path) -> None:
    page = Page(report(tmp_path)["html"])
    assert page.tags.count("main") == len(LANGUAGES)
    for text in ("75.55", "75,55", "−18.4%", "Özet Rapor", "Summary Report"):
        assert text in page.text


def test_hostile_names_come_out_as_text(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    other = table.iloc[[1]].assign(method=HOSTILE, recipe=HOSTILE, accuracy_pct=60.0)
    long = table.iloc[[1]].assign(method="uzun" * 500)
    pd.concat([table, other, long]).to_csv(tmp_path / "summary.csv", index=False)
    task = SETTINGS["task"] | {"model": HOSTILE, "weights": f"file:{HOSTILE}"}
    found = report(
        tmp_path, title=HOSTILE, task=task, methods=[HOSTILE], assumed={"scopes": HOSTILE}
    )
    page = Page(found["html"])
    assert page.tags.count("script") == 1, "the one that opens the language asked for"
    assert "em" not in page.tags
    # the page's title; in each language the heading, model, weights, assumption, method; its rows
    assert page.text.count(HOSTILE) > 1 + len(LANGUAGES) * 8
    for markdown in (found["en"], found["tr"]):
        assert "<script" not in markdown
        assert "*çok*" not in markdown.replace("\\*", "")
        assert "\\*çok\\* \\`uzun\\`" in markdown
        rows = [line for line in markdown.splitlines() if line.startswith("|")]
        for line in rows:
            assert "<" not in line
        heads = next(line for line in rows if line.startswith(("| Method |", "| Yöntem |")))
        table_rows = rows[rows.index(heads) :][:5]
        cells = {len(line.replace("\\|", "").split("|")) for line in table_rows}
        assert len(cells) == 1
