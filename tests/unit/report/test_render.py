from html.parser import HTMLParser
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from budama.report.languages import ENGLISH, TURKISH, Language
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


def test_the_configuration_comes_first_as_in_the_published_reports(tmp_path: Path) -> None:
    found = report(tmp_path)
    for text, lines in (
        (
            found["en"],
            (
                "- **Model:** torchvision/resnet50",
                "- **Image size:** 224 × 224",
                "- **Calibration images:** 25,600",
                "- **Scope:** layer-wise",
                "- **Budget:** 10% of the channels",
                "- **Fine-tuning epochs:** 10",
                "- **Calibration batches:** 100 of 256 images",
                "- **Controls:** random channels",
                "| Setting | start (original) | published (recovery) |",
                "| learning\\_rate | 0.002 | 0.0001 |",
            ),
        ),
        (
            found["tr"],
            (
                "- **Ağırlıklar:** ön eğitimli",
                "- **Kalibrasyon görüntüsü:** 25.600",
                "- **Kapsam:** katman bazlı",
                "- **Budama miktarı:** kanal oranı %10",
                "- **Kalibrasyon batch:** 100, her biri 256 görüntü",
                "| Ayar | start (orijinal) | published (toparlanma) |",
                "| learning\\_rate | 0,002 | 0,0001 |",
            ),
        ),
    ):
        first = text[: text.index("| 78")]
        for line in lines:
            assert f"{line}\n" in first
    assert "Assumptions" not in found["en"]


def test_assumed_settings_are_marked_in_each_language(tmp_path: Path) -> None:
    assumed = {
        "scopes": "It's not *stated*.",
        "recipe.learning_rate": "Usual.",
        "task.recipe": "As after the cut.",
        "task.calibration.batch_size": "As in TS3.",
        "recipe.augment": "Usual, too.",
    }
    found = report(tmp_path, assumed=assumed)
    for line in (
        "- **Scope:** layer-wise (assumed \\[1\\])\n",
        "- **Budget:** 10% of the channels\n",
        "- **Fine-tuning epochs:** 10\n",
        "- **Calibration batches:** 100 of 256 images (assumed \\[4\\])\n",
        "| Setting | start (original \\[3\\]) | published (recovery) |\n",
        "| learning\\_rate | 0.002 | 0.0001 \\[2\\] |\n",
        "| augment.flip | 0.5 | 0.5 \\[5\\] |\n",
        "1. `scopes`: It's not \\*stated\\*.\n",
        "3. `task.recipe`: As after the cut.\n",
    ):
        assert line in found["en"]
    for line in (
        "- **Kapsam:** katman bazlı (varsayım \\[1\\])\n",
        "| learning\\_rate | 0,002 | 0,0001 \\[2\\] |\n",
        "### Varsayımlar\n",
        "4. `task.calibration.batch_size`: As in TS3.\n",
    ):
        assert line in found["tr"]
    page = Page(found["html"])
    assert page.text.count("katman bazlı (varsayım [1])") == 1
    assert page.text.count("layer-wise (assumed [1])") == 1
    assert page.text.count("It's not *stated*.") == 2


def test_one_recipe_for_both_trainings_is_one_column(tmp_path: Path) -> None:
    assumed = {"recipe.epochs": "a", "task.recipe": "b"}
    english = report(tmp_path, original="published", assumed=assumed)["en"]
    assert "| Setting | published (original \\[2\\], recovery) |" in english
    assert "| epochs | 10 \\[1\\] |" in english


def test_recipes_seeds_and_budgets_are_told_apart(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    other = table.iloc[[1]].assign(recipe="strong", budget="macs-0.5", seed=1, top5_pct=None)
    table = pd.concat([table.assign(top5_pct=None), other])
    table.to_csv(tmp_path / "summary.csv", index=False)
    recipes = SETTINGS["recipes"] | {"strong": SETTINGS["recipes"]["published"] | {"epochs": 20}}
    english = report(tmp_path, recovery=["published", "strong"], recipes=recipes)["en"]
    assert "- **Fine-tuning epochs:** published: 10, strong: 20\n" in english
    for line in (
        "| Method | Scope | Budget | Recipe | Seed | Accuracy (%) | 95% interval | Accuracy loss",
        "| Original (fine-tuned) | – | – | – | 0 | 78.59 |",
        "| Magnitude | layer-wise | 10% of the channels | published | 0 | 75.55 |",
        "| Magnitude | layer-wise | down to 50% of the FLOPs | strong | 1 | 75.55 |",
    ):
        assert line in english


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            # a link loads nothing until it is followed
            loads = name in ("src", "href") and tag != "a"
            assert not loads, f"the page would load {value}"

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_holds_both_languages_and_loads_nothing(tmp_path: Path) -> None:
    page = Page(report(tmp_path)["html"])
    assert page.tags.count("main") == 2
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
    assert page.text.count(HOSTILE) > 1 + 2 * 8
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


@pytest.mark.parametrize(
    ("budget", "english", "turkish"),
    [
        ("channels-0.1", "10% of the channels", "kanal oranı %10"),
        ("channels-0.1-steps5", "10% of the channels, in 5 steps", "kanal oranı %10, 5 adımda"),
        ("channels-0.125", "12.5% of the channels", "kanal oranı %12,5"),
        (
            "macs-0.5-round8",
            "down to 50% of the FLOPs, in multiples of 8",
            "FLOPs hedefi %50, kanal sayıları 8 ve katları",
        ),
    ],
)
def test_budgets_are_written_in_words(budget: str, english: str, turkish: str) -> None:
    assert ENGLISH.budget(budget) == english
    assert TURKISH.budget(budget) == turkish


@pytest.mark.parametrize(
    ("value", "english", "turkish"),
    [(-18.44, "−18.4%", "−%18,4"), (2.0, "+2.0%", "+%2,0"), (-0.01, "0.0%", "%0,0")],
)
def test_changes_are_written_in_each_languages_form(
    value: float, english: str, turkish: str
) -> None:
    assert ENGLISH.change(value) == english
    assert TURKISH.change(value) == turkish


TIMED: dict[str, Any] = {
    **{"method": "dense", "scope": "-", "budget": "-", "recipe": "start", "seed": 0},
    **{"precision": "int8", "batch_size": 32, "ratio": 0.512, "ratio_low": 0.5},
    **{"ratio_high": 0.53, "noisy": True, "dense_p50_ms": 2.0, "p50_ms": 1.024, "p90_ms": 1.2},
    **{"p99_ms": 1.5, "images_per_s": 31250.4, "peak_pct": 12.3, "accuracy_pct": float("nan")},
    **{"file_mib": 3.9},
}


def test_the_star_of_a_noisy_ratio_is_explained_with_its_star(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    table.assign(latency_noisy=True).to_csv(tmp_path / "summary.csv", index=False)
    assert "- \\* This latency measurement was noisy" in report(tmp_path)["en"]


@pytest.mark.parametrize("language", [ENGLISH, TURKISH])
def test_of_the_latency_is_noted_what_was_proven(language: Language, tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    timed = table.assign(latency_ratio_low=0.99, latency_ratio_high=1.01)
    no_interval = timed.assign(latency_ratio_low=[1.0, nan], latency_ratio_high=[1.0, nan])
    for found, expected in (
        (timed, ["note_latency", "note_selftest"]),
        (no_interval, ["note_latency"]),
        (table.drop(columns=["latency_ratio", "latency_ms"]), []),
    ):
        found.to_csv(tmp_path / "summary.csv", index=False)
        text = report(tmp_path)[language.code]
        notes = ("note_latency", "note_selftest")
        assert [note for note in notes if f"- {language.words[note]}\n" in text] == expected


def test_every_measurement_of_latency_is_listed(tmp_path: Path) -> None:
    cell = TIMED | {"method": "magnitude"}
    pd.DataFrame([TIMED, cell]).to_csv(tmp_path / "latency.csv", index=False)
    found = report(tmp_path, latency=tmp_path / "latency.csv")
    line = "int8 | 32 | 1.024 | 1.200 | 1.500 | 31,250 | 12.3 | 0.512\\* | 0.500 – 0.530 | – | 3.90"
    assert line in found["en"]
    assert "0,512*" in found["html"]
    assert "31.250" in found["tr"]
    few = TIMED | {"ratio_low": None, "ratio_high": None}  # of fewer than six processes
    pd.DataFrame([few]).to_csv(tmp_path / "latency.csv", index=False)
    without_interval = report(tmp_path, latency=tmp_path / "latency.csv")
    assert "| 0.512\\* | – | – | 3.90" in without_interval["en"]
    pd.DataFrame([TIMED]).head(0).to_csv(tmp_path / "latency.csv", index=False)
    nothing = report(tmp_path, latency=tmp_path / "latency.csv")
    assert "Every measurement" not in nothing["en"]


def test_measurements_have_the_names_that_were_given(tmp_path: Path) -> None:
    rows = [TIMED | {"method": "NA", "recipe": recipe} for recipe in ("010", "null")]
    pd.DataFrame([TIMED, *rows]).to_csv(tmp_path / "latency.csv", index=False)
    found = report(tmp_path, latency=tmp_path / "latency.csv")["en"]
    assert "| NA | 010 | int8 | 32 |" in found
    assert "| NA | null | int8 | 32 |" in found
