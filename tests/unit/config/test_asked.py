import pytest

from budama.config.asked import WANTED, Asked, asked_by, asked_by_jobs


@pytest.mark.parametrize("targets", [[], ["all"], ["doctor"], ["plan"]])
def test_without_a_scenario_those_of_the_config_are_asked_for(targets: list[str]) -> None:
    assert asked_by(targets) == WANTED


@pytest.mark.parametrize(
    "target",
    ["mine", "mine/answer", "results/reports/mine/report.html", "./results/reports/mine/answer/x"],
)
def test_a_scenario_is_asked_for_by_its_name_and_its_files(target: str) -> None:
    assert asked_by([target]) == Asked(frozenset({"mine"}))


@pytest.mark.parametrize("target", ["comparison", "results/reports/comparison/report.html"])
def test_the_comparison_asks_for_all(target: str) -> None:
    assert asked_by([target, "mine"]) == Asked(frozenset({"mine"}), every=True)


def test_a_result_asks_for_what_its_path_names() -> None:
    asked = asked_by(["results/tasks/big/cells/taylor/layer/none/macs-0.5/none/long/seed0/x.json"])
    assert {("tasks", "big"), ("criteria", "taylor"), ("recipes", "long")} <= asked.names
    assert not asked.scenarios and not asked.wanted
    assert ("criteria", "own") in asked_by(["results/tasks/big/scores/own.safetensors"]).names
    assert asked_by(["results/datasets/d/audit.json"]).names == {("datasets", "d")}


def test_a_job_on_a_cluster_asks_for_what_its_wildcards_name() -> None:
    asked = asked_by_jobs(
        [
            {"task": "big", "method": "own", "recipe": "long", "seed": "0"},
            {"task": "big", "model": "cells/other/layer/none/macs-0.5/none/short/seed0"},
            {"scenario": "mine"},
            {"dataset": "d", "pixels": "64"},
        ]
    )
    assert asked.scenarios == {"mine"}
    assert {("tasks", "big"), ("criteria", "own"), ("recipes", "long")} <= asked.names
    assert {("criteria", "other"), ("recipes", "short"), ("datasets", "d")} <= asked.names
    assert not asked.wanted
