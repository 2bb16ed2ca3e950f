from pathlib import Path
from typing import Any

import pytest

from tests.unit.config.test_loading import CONFIG, load, mistakes

BASE = {"epochs": 10, "learning_rate": 0.1, "augment": {"flip": 0.25, "crop_scale": [0.5, 1.0]}}


def test_a_recipe_takes_over_what_it_does_not_give_itself(tmp_path: Path) -> None:
    """Through two generations, blocks key by key, whatever the order in the file."""
    recipes = {
        "grandchild": {"like": "child", "batch_size": 8},
        "child": {"like": "short", "epochs": 5, "augment": {"flip": 0.75}},
    }
    found = load(tmp_path, config={"recipes": {"short": BASE} | recipes}).recipes
    assert found["grandchild"] == found["child"].model_copy(update={"batch_size": 8})
    assert (found["child"].epochs, found["child"].learning_rate) == (5, 0.1)
    assert found["child"].augment.model_dump() == found["short"].augment.model_dump() | {
        "flip": 0.75
    }
    assert found["short"].epochs == 10


def test_a_scenarios_recipe_is_like_a_shared_one_with_the_command_lines_changes(
    tmp_path: Path,
) -> None:
    config = load(
        tmp_path,
        recipe="mine",
        recipes={"mine": {"like": "short", "batch_size": 8}},
        overrides={"recipes": {"short": {"epochs": 3}}},
    )
    assert config.recipes["mine"].model_dump() == config.recipes["short"].model_dump() | {
        "batch_size": 8
    }
    assert config.recipes["mine"].epochs == 3


@pytest.mark.parametrize(
    ("recipes", "line"),
    [
        ({"a": {"like": "shrot"}}, "a.like: unknown recipe 'shrot': did you mean 'short'?"),
        ({"a": {"like": ["short"]}}, "a.like: give the name of one recipe (it is ['short'])"),
        ({"a": {"like": "a"}}, "a.like: these recipes are like each other: a -> a"),
        (
            {"c": {"like": "b"}, "b": {"like": "a"}, "a": {"like": "b", "epochs": 2}},
            "a.like: these recipes are like each other: a -> b -> a",
        ),
        ({"a": {"lik": "short"} | BASE}, "a.lik: unknown key: did you mean 'like'?"),
        (
            {"a": {"like": "short", "epochs": 0}, "b": {"like": "a"}},
            "a.epochs: input should be greater than or equal to 1 (it is 0)",
        ),
        ({"a": {"epochs": 1}, "b": {"like": "a"}}, "a.learning_rate: this key is required"),
        (
            {"a": {"like": "short", "recalibrate": 20}, "b": {"like": "a"}},
            "a.recalibrate: this key is gone, because training measures batch norms anew anyway: "
            "take it out. `repair: norms` or `repair: refit` in the scenario measures them right "
            "after the cut",
        ),
    ],
)
def test_a_mistake_is_told_once_where_it_stands(
    tmp_path: Path, recipes: dict[str, Any], line: str
) -> None:
    text = mistakes(tmp_path, config={"recipes": {"short": BASE} | recipes})
    assert "has one mistake" in text
    assert f"config/config.yaml: recipes.{line}" in text


def test_mistakes_are_traced_to_their_file_and_to_the_command_line(tmp_path: Path) -> None:
    text = mistakes(tmp_path, recipes={"mine": {"like": "shrot"}})
    assert "one mistake" in text
    assert "config/scenarios/mine.yaml: recipes.mine.like: unknown recipe 'shrot'" in text
    text = mistakes(tmp_path, overrides={"recipes": {"short": {"like": "shrot"}}})
    assert "--config: recipes.short.like: unknown recipe 'shrot'" in text


def with_latency(**latency: Any) -> dict[str, Any]:
    return {"small": CONFIG["tasks"]["small"] | {"latency": latency}}


def test_a_task_changes_parts_of_how_its_models_are_timed(tmp_path: Path) -> None:
    tasks = with_latency(precisions=["fp32", "int8"], warmup=3) | {
        "other": CONFIG["tasks"]["small"]
    }
    found = load(
        tmp_path,
        config={"latency": {"runs": 50}, "tasks": tasks},
        overrides={"latency": {"warmup": 7}},
    )
    own = found.latency_of("small")
    assert (own.precisions, own.runs, own.warmup) == (["fp32", "int8"], 50, 7)
    assert found.latency_of("other") == found.latency
    assert found.latency.precisions == ["fp32"]


def test_a_scenarios_task_changes_the_shared_latency(tmp_path: Path) -> None:
    tasks = {"mine": with_latency(runs=20)["small"]}
    found = load(tmp_path, config={"latency": {"warmup": 7}}, task="mine", tasks=tasks)
    assert (found.latency_of("mine").runs, found.latency_of("mine").warmup) == (20, 7)


@pytest.mark.parametrize(
    ("shared", "own", "lines"),
    [
        (
            {},
            {"precisons": ["fp32"], "runs": 0},
            [
                "yaml: tasks.small.latency.precisons: unknown key: did you mean 'precisions'",
                "yaml: tasks.small.latency.runs: input should be greater than or equal to 1",
            ],
        ),
        (
            {},
            {"precisions": ["fp32", "int4"]},
            ["precisions.1: unknown value 'int4': did you"],
        ),
        (
            {},
            {"precisions": ["int8"]},
            ["tasks.small.latency.precisions: '['int8']' is not valid: begin with fp32"],
        ),
        ({}, {"precisions": ["fp32", "fp32"]}, ["from, and name each once"]),
        # told where it is given, and not again for each task
        ({"runs": 0}, {"warmup": 7}, ["config.yaml: latency.runs: input should be greater"]),
    ],
)
def test_a_mistake_in_a_tasks_latency_is_told_where_it_stands(
    tmp_path: Path, shared: dict[str, Any], own: dict[str, Any], lines: list[str]
) -> None:
    text = mistakes(tmp_path, config={"latency": shared, "tasks": with_latency(**own)})
    assert text.count("\n  - ") == len(lines)
    assert all(line in text for line in lines)
