from math import isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from budama.analysis.across import read_tasks
from budama.analysis.tasks import TaskResults, comparisons_across, results_across
from budama.system.errors import BudamaError
from tests.unit.analysis.scenarios import GLOBAL, OTHER, read, timed, write

PUBLISHED = Path(__file__).parents[3] / "resources/published/published.csv"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def scope_tests(task: TaskResults) -> list[tuple[str, str]]:
    return [
        (family.kind, found.difference.test)
        for family in task.families
        if family.kind == "scope"
        for found in family.comparisons
    ]


def test_scenarios_of_one_task_are_put_together_each_model_once() -> None:
    ts3, b4, ts4 = write("ts3"), write("b4", **OTHER), write("ts4", {}, GLOBAL)
    first, second = read(ts3=ts3, b4=b4, ts4=ts4)
    assert (first.name, first.scenarios) == ("resnet50-imagenet", ("ts3", "ts4"))
    assert [(r.method, r.scope) for r in first.results] == [
        ("dense", "-"),
        ("magnitude", "layer"),
        ("magnitude", "global"),
    ]
    assert scope_tests(first) == [("scope", "proportions")]
    rows = results_across([first, second]).to_dict("records")
    table = {(row["task"], row["method"], row["scope"]): row for row in rows}
    assert table["resnet50-imagenet", "dense", "-"]["scenarios"] == "ts3 ts4"
    kept_global = table["resnet50-imagenet", "magnitude", "global"]
    assert kept_global["scenarios"] == "ts4"
    assert kept_global["accuracy_kept_pct"] == pytest.approx(100 * 77.0 / 78.59)
    assert kept_global["macs_left_pct"] == pytest.approx(80.9)
    assert table["b4", "magnitude", "layer"]["scenarios"] == "b4"


def test_parts_are_those_of_a_scenario_and_not_of_its_task() -> None:
    (task,) = read(ts3=write("ts3", part="for speed"), ts4=write("ts4", {}, GLOBAL))
    assert {result.part for result in task.results} == {"-"}


def test_tasks_and_recipes_may_be_called_by_numbers() -> None:
    recipes = [{"recipe": recipe} for recipe in ("010", "1e3")]
    (task,) = read(ts3=write("ts3", *recipes, task="101"))
    assert (task.name, [r.recipe for r in task.results]) == ("101", ["010", "1e3"])


def test_predictions_pair_models_of_two_scenarios_unless_they_are_newer() -> None:
    numbers = np.random.default_rng(0).random(2000)
    right = {"dense": numbers < 0.9, "cells/magnitude/layer/none": numbers < 0.8}
    right["cells/magnitude/global/mean"] = numbers < 0.81
    for name, share in right.items():
        terms = "" if name == "dense" else "channels-0.1/none/published/seed0"
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
    assert [r.method for r in task.results].count("dense") == 1
    assert task.results[0].accuracy == 78.59


def test_milliseconds_are_those_of_the_dense_model_that_is_shown() -> None:
    first, (dense, cell) = timed("CPU", 10), timed("CPU", 12)
    (task,) = read(ts3=write("ts3", *first), ts4=write("ts4", dense, GLOBAL | cell))
    assert [(r.ratio, r.latency) for r in task.results] == [(1, 10), (0.5, 5), (0.5, 5)]
    untimed = write("ts3", provider=None, latency_ms=None, latency_ratio=None)
    (task,) = read(ts3=untimed, ts4=write("ts4", dense, GLOBAL | cell))
    assert [r.latency for r in task.results if r.timed] == [6]


def test_times_of_different_providers_are_not_compared() -> None:
    dense, cell = timed("CUDA", 1)
    summaries = {
        "ts3": write("ts3", *timed("CPU", 10)),
        "ts4": write("ts4", dense, GLOBAL | cell),
    }
    (task,) = read(**summaries)
    assert all(isnan(r.ratio) and isnan(r.latency) for r in task.results)
    assert results_across([task])["latency_ratio"].isna().all()


def test_published_figures_after_another_calibration_are_not_put_beside() -> None:
    for batches, beside in ((100, [75.55]), (1, [])):
        recipes, calibrated = {"published": {"epochs": 10}}, {"resnet50-imagenet": batches}
        (task,) = read_tasks({"ts3": write("ts3")}, recipes, calibrated, PUBLISHED)
        assert results_across([task])["published_accuracy_pct"].dropna().tolist() == [
            78.59,
            *beside,
        ]


def test_what_cannot_be_compared_is_said() -> None:
    with pytest.raises(BudamaError, match="no scenario has results yet"):
        read()
    ts3 = write("ts3")
    pd.read_csv(ts3).drop(columns="task").to_csv(ts3, index=False)
    with pytest.raises(BudamaError, match=r"ts3/summary\.csv lacks task: run .* all ts3 again"):
        read(ts3=ts3)


def test_of_a_dense_model_that_got_nothing_right_no_share_is_kept() -> None:
    nothing = {"accuracy_pct": 0.0, "accuracy_low_pct": 0.0}
    (task,) = read(ts3=write("ts3", nothing))
    assert results_across([task])["accuracy_kept_pct"].isna().all()


def test_the_tests_of_every_task_stand_in_one_table() -> None:
    tasks = read(ts3=write("ts3"), ts4=write("ts4", {}, GLOBAL), b4=write("b4", **OTHER))
    table = comparisons_across(tasks)
    assert table["task"].unique().tolist() == ["resnet50-imagenet", "b4"]
    scope = table[table["family"] == "scope"].iloc[0]
    assert (scope["first_scope"], scope["second_scope"], scope["verdict"]) == (
        *("layer", "global"),
        "real",
    )
