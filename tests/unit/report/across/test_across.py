"""Scenarios that are compared: TS3 as published, and others made from it."""

from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from budama.report.across.architectures import kept_table
from budama.report.across.page import write_comparison
from budama.report.across.table import as_csv
from budama.report.across.tasks import Task, read_tasks
from budama.report.languages import ENGLISH, TURKISH
from budama.report.pictures.charts import Pen
from budama.report.pictures.kept import kept
from budama.system.errors import BudamaError
from tests.unit.report.pictures.specs import layers_with, rows_of
from tests.unit.report.scenario import summary

PUBLISHED = Path(__file__).parents[4] / "resources/published/published.csv"
HOSTILE = '<script>alert("1")</script> | *mine*'
GLOBAL = {"scope": "global", "accuracy_pct": 77.0, "accuracy_low_pct": 76.6}
OTHER = {"task": "b4", "model": "torchvision/b4", "dataset": "food101"}


def write(name: str, *changes: dict[str, Any], **both: Any) -> Path:
    """Write TS3's summary for another scenario.

    ``changes`` are those of the dense and the pruned model, ``both`` those of both.
    """
    path = Path("results/reports") / name / "summary.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.read_csv(summary(path)).assign(scenario=name, **both)
    for row, change in enumerate(changes):
        for column, value in change.items():
            table.loc[row, column] = value
    table.to_csv(path, index=False)
    return path


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(**summaries: Path) -> list[Task]:
    return read_tasks(summaries, {"published": {"epochs": 10}}, {}, None)


def scope_tests(task: Task) -> list[tuple[str, str]]:
    return [
        (family.kind, found.difference.test)
        for family in task.facts.families
        if family.kind == "scope"
        for found in family.comparisons
    ]


def test_scenarios_of_one_task_are_put_together_each_model_once() -> None:
    ts3, b4, ts4 = write("ts3"), write("b4", **OTHER), write("ts4", {}, GLOBAL)
    first, second = read(ts3=ts3, b4=b4, ts4=ts4)
    assert (first.name, first.scenarios) == ("resnet50-imagenet", ("ts3", "ts4"))
    assert [(r.method, r.scope) for r in first.facts.results] == [
        ("dense", "-"),
        ("magnitude", "layer"),
        ("magnitude", "global"),
    ]
    assert scope_tests(first) == [("scope", "proportions")]
    rows = as_csv([first, second]).to_dict("records")
    table = {(row["task"], row["method"], row["scope"]): row for row in rows}
    assert table["resnet50-imagenet", "dense", "-"]["scenarios"] == "ts3 ts4"
    kept_global = table["resnet50-imagenet", "magnitude", "global"]
    assert kept_global["scenarios"] == "ts4"
    assert kept_global["accuracy_kept_pct"] == pytest.approx(100 * 77.0 / 78.59)
    assert kept_global["macs_left_pct"] == pytest.approx(80.9)
    assert table["b4", "magnitude", "layer"]["scenarios"] == "b4"


def test_tasks_and_recipes_may_be_called_by_numbers() -> None:
    recipes = [{"recipe": recipe} for recipe in ("010", "1e3")]
    (task,) = read(ts3=write("ts3", *recipes, task="101"))
    assert (task.name, [r.recipe for r in task.facts.results]) == ("101", ["010", "1e3"])


def test_predictions_pair_models_of_two_scenarios_unless_they_are_newer() -> None:
    lots = np.random.default_rng(0).random(2000)
    right = {"dense": lots < 0.9, "cells/magnitude/layer": lots < 0.8}
    right["cells/magnitude/global"] = lots < 0.81
    for name, share in right.items():
        terms = "" if name == "dense" else "channels-0.1/published/seed0"
        folder = Path("results/tasks/resnet50-imagenet") / name / terms
        folder.mkdir(parents=True)
        images = pd.DataFrame({"key": range(2000), "rank": np.where(share, 0, 1)})
        images.to_parquet(folder / "predictions.parquet")
    dense, layer, wide = ({"accuracy_pct": 100 * share.mean()} for share in right.values())
    ts3 = write("ts3", dense, layer, test_images=2000)
    ts4 = write("ts4", dense, GLOBAL | wide, test_images=2000)
    assert scope_tests(read(ts3=ts3, ts4=ts4)[0]) == [("scope", "mcnemar")]
    stale = write("ts4", dense, GLOBAL, test_images=2000)
    assert scope_tests(read(ts3=ts3, ts4=stale)[0]) == [("scope", "proportions")]


def test_scenarios_that_disagree_are_named() -> None:
    ts3, ts4 = write("ts3"), write("ts4", {}, GLOBAL)
    assert read(ts3=ts3, ts4=ts4)[0].differing == ()
    write("ts4", {"accuracy_pct": 79.0, "recipe": "longer"}, GLOBAL)
    (task,) = read(ts3=ts3, ts4=ts4)
    assert task.differing == (("ts3", "ts4"),)
    assert [r.method for r in task.facts.results].count("dense") == 1
    assert task.facts.results[0].accuracy == 78.59


def timed(provider: str, dense_ms: float) -> list[dict[str, Any]]:
    """Return the changes of a dense model and of one that takes half its time."""
    return [
        {"provider": provider, "latency_ms": share * dense_ms, "latency_ratio": share}
        for share in (1.0, 0.5)
    ]


def test_milliseconds_are_those_of_the_dense_model_that_is_shown() -> None:
    first, (dense, cell) = timed("CPU", 10), timed("CPU", 12)
    (task,) = read(ts3=write("ts3", *first), ts4=write("ts4", dense, GLOBAL | cell))
    assert [(r.ratio, r.latency) for r in task.facts.results] == [(1, 10), (0.5, 5), (0.5, 5)]
    untimed = write("ts3", provider=None, latency_ms=None, latency_ratio=None)
    (task,) = read(ts3=untimed, ts4=write("ts4", dense, GLOBAL | cell))
    assert [r.latency for r in task.facts.results if r.timed] == [6]


def test_times_of_different_providers_are_not_compared() -> None:
    dense, cell = timed("CUDA", 1)
    summaries = {
        "ts3": write("ts3", *timed("CPU", 10)),
        "ts4": write("ts4", dense, GLOBAL | cell),
    }
    (task,) = read(**summaries)
    assert all(isnan(r.ratio) and isnan(r.latency) for r in task.facts.results)
    assert as_csv([task])["latency_ratio"].isna().all()
    found = page([], **summaries)
    on = "resnet50-imagenet were timed on different providers (CPU: ts3; CUDA: ts4)"
    assert f"**The models of {on}" in found["en"]
    assert f"The models of {on}" in found["html"]
    assert "farklı sağlayıcılarda ölçüldü (CPU: ts3; CUDA: ts4)" in found["tr"]


def test_published_figures_after_another_calibration_are_not_put_beside() -> None:
    for batches, beside in ((100, [75.55]), (1, [])):
        recipes, calibrated = {"published": {"epochs": 10}}, {"resnet50-imagenet": batches}
        (task,) = read_tasks({"ts3": write("ts3")}, recipes, calibrated, PUBLISHED)
        assert as_csv([task])["published_accuracy_pct"].dropna().tolist() == [78.59, *beside]


def test_what_cannot_be_compared_is_said() -> None:
    with pytest.raises(BudamaError, match="no scenario has results yet"):
        read()
    ts3 = write("ts3")
    pd.read_csv(ts3).drop(columns="task").to_csv(ts3, index=False)
    with pytest.raises(BudamaError, match=r"ts3/summary\.csv lacks task: run .* all ts3 again"):
        read(ts3=ts3)


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
    assert as_csv([task])["accuracy_kept_pct"].isna().all()
    table = kept_table([task], ENGLISH)
    assert table is not None
    assert table.rows[0].cells[-1].text == "– (80.9%)"
    assert not kept({task.name: task.table}, Pen(ENGLISH, ["dense", "magnitude"])).panels


def page(without: list[str], **summaries: Path) -> dict[str, str]:
    folder = Path("results/reports/comparison")
    files = {"tr": "report.tr.md", "en": "report.en.md", "html": "report.html", "table": "all.csv"}
    outputs = {key: folder / name for key, name in files.items()}
    scenarios = {name: {"title": HOSTILE, "summary": str(path)} for name, path in summaries.items()}
    settings = {"scenarios": scenarios, "without": without, "recipes": {}, "batches": {}}
    write_comparison(settings, outputs, None, folder / "pictures")
    assert (folder / "pictures/accuracy-kept.en.svg").is_file()
    return {key: path.read_text() for key, path in outputs.items()}


def test_the_page_holds_all_of_it_in_both_languages() -> None:
    ts3, ts4 = write("ts3"), write("ts4", {}, GLOBAL | {"method": HOSTILE})
    found = page(["ts5"], ts3=ts3, ts4=ts4, b4=write("b4", **OTHER))
    for line in (
        "- [ts4](../ts4/report.html): &lt;script&gt;",
        "No results yet: ts5.",
        "| b4 | torchvision/b4 | food101 | 49,997 | 78.59 | 78.2 – 78.9 |",
        "| resnet50-imagenet | layer-wise | 10% of the channels | published | 96.1% (80.9%) | – |",
        "![Accuracy kept against FLOPs left](pictures/accuracy-kept.en.svg)",
        "### resnet50-imagenet (ts3, ts4)",
    ):
        assert line in found["en"]
    heads = "| Task | Scope | Budget | Recipe | Magnitude | &lt;script&gt;alert"
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
