"""The page of scenarios that are compared: TS3 as published, and others made from it."""

from pathlib import Path
from typing import Any

import pytest

from budama.report.across.architectures import kept_table
from budama.report.languages import ENGLISH, TURKISH
from budama.report.pictures.charts import Pen
from budama.report.pictures.kept import kept
from budama.stages.comparison import comparison
from tests.unit.analysis.scenarios import GLOBAL, OTHER, read, timed, write
from tests.unit.report.html import written
from tests.unit.report.pictures.specs import layers_with, rows_of

HOSTILE = '<script>alert("1")</script> | *mine*'


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_curves_are_shares_of_each_tasks_own_dense_model() -> None:
    tasks = read(
        ts3=write("ts3"),
        more=write("more", {}, {"budget": "channels-0.3", "macs_change_pct": -50.0}),
        b4=write("b4", **OTHER),
    )
    pen = Pen(ENGLISH, ["dense", "magnitude"])
    picture = kept({task.name: task.table for task in tasks}, pen)
    assert [panel.title.text for panel in picture.panels] == [
        "resnet50-imagenet · layer-wise",
        "b4",
    ]
    (points,) = layers_with(picture.panels[0], "tooltip")
    assert [(row["cost"], row["accuracy"]) for row in rows_of(points)] == [
        (100, 100),
        pytest.approx((80.9, 100 * 75.55 / 78.59), abs=1e-4),
        pytest.approx((50.0, 100 * 75.55 / 78.59), abs=1e-4),
    ]
    (line,) = layers_with(picture.panels[0], "detail")
    assert len(rows_of(line)) == 2
    assert not kept({"b4": tasks[1].table.iloc[:1]}, pen).panels


def test_of_a_dense_model_that_got_nothing_right_no_share_is_kept() -> None:
    nothing = {"accuracy_pct": 0.0, "accuracy_low_pct": 0.0}
    (task,) = read(ts3=write("ts3", nothing))
    table = kept_table([task], ENGLISH)
    assert table is not None
    assert table.rows[0].cells[-1].text == "– (80.9%)"
    assert not kept({task.name: task.table}, Pen(ENGLISH, ["dense", "magnitude"])).panels


def page(without: list[str], **summaries: Path) -> dict[str, str]:
    folder = Path("results/reports/comparison")
    outputs = {"html": "report.html", "table": "comparison.csv", "comparisons": "comparisons.csv"}
    files: dict[str, Any] = {key: folder / name for key, name in outputs.items()}
    comparison(
        scenarios={name: {"title": HOSTILE, "summary": str(p)} for name, p in summaries.items()},
        without=without,
        recipes={},
        batches={},
        published=None,
        pictures=folder / "pictures",
        **files,
    )
    assert (folder / "pictures/accuracy-kept.en.svg").is_file()
    return written(folder) | {key: path.read_text() for key, path in files.items()}


def test_the_page_holds_all_of_it_in_both_languages() -> None:
    ts3, ts4 = write("ts3"), write("ts4", {}, GLOBAL | {"method": HOSTILE})
    found = page(["ts5"], ts3=ts3, ts4=ts4, b4=write("b4", **OTHER))
    for line in (
        "- [ts4](../ts4/report.html): &lt;script&gt;",
        "No results yet: ts5.",
        "| b4 | torchvision/b4 | food101 | 49,997 | 78.59 | 78.2 – 78.9 |",
        "| resnet50-imagenet | layer-wise | 10% of the channels | – | none | published "
        "| 96.1% (80.9%) | – |",
        "![Accuracy kept against FLOPs left](pictures/accuracy-kept.en.svg)",
        "### resnet50-imagenet (ts3, ts4)",
    ):
        assert line in found["en"]
    axes = "Scope | Budget | Normaliser | Repair | Recipe"
    heads = f"| Task | {axes} | Magnitude | &lt;script&gt;alert"
    assert heads in found["en"], "a name in a table's head is text, too"
    assert "%96,1 (%80,9)" in found["tr"]
    assert "Mimariler" in found["html"]
    assert found["html"].count(HOSTILE) == 0
    assert ENGLISH.across["alone"] not in found["en"]


def test_one_scenario_alone_makes_a_page_that_says_so() -> None:
    found = page([], ts3=write("ts3"))
    assert ENGLISH.across["alone"] in found["en"]
    assert TURKISH.across["alone"] in found["tr"]
    assert "Statistics" not in found["en"]


def test_models_of_different_providers_are_told() -> None:
    dense, cell = timed("CUDA", 1)
    ts4 = write("ts4", dense, GLOBAL | cell)
    found = page([], ts3=write("ts3", *timed("CPU", 10)), ts4=ts4)
    on = "resnet50-imagenet were timed on different providers (CPU: ts3; CUDA: ts4)"
    assert f"**The models of {on}" in found["en"]
    assert f"The models of {on}" in found["html"]
    assert "farklı sağlayıcılarda ölçüldü (CPU: ts3; CUDA: ts4)" in found["tr"]
