import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from budama.config.asked import Asked
from budama.config.schema import Config
from budama.system.errors import BudamaError
from budama.workflow.configuration import ASKED_FOR, load_config, of_command

ROOT = Path(__file__).parents[3]
TASK = {
    "model": "timm/test_efficientnet",
    "weights": "random",
    "dataset": "images",
    "image_size": 32,
    "recipe": "short",
}


def mistakes(root: Path, *tasks: dict[str, Any], criteria: dict[str, Any] | None = None) -> str:
    """Return what is said of a configuration with these tasks (their changes) and criteria."""
    config = {
        "scenarios": ["mine"],
        "datasets": {"images": {"format": "folder", "root": "/data"}},
        "criteria": criteria or {},
        "recipes": {"short": {"epochs": 1, "learning_rate": 0.1}},
        "tasks": {f"task{place}": TASK | changes for place, changes in enumerate(tasks)},
    }
    (root / "config/scenarios").mkdir(parents=True)
    (root / "config/scenarios/mine.yaml").write_text("task: task0")
    (root / "config/config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(BudamaError) as caught:
        load_config(root)
    return str(caught.value)


def test_the_shipped_configuration_is_valid() -> None:
    assert load_config(ROOT).wanted == ["demo"]


def test_what_the_library_does_not_have_is_told_at_once_with_the_nearest_name(
    tmp_path: Path,
) -> None:
    text = mistakes(
        tmp_path,
        {"model": "timm/efficientnet_b44"},
        {"model": "torchvision/resnet51"},
        {"weights": "package:efficientnet-lite"},
        criteria={
            "near": {"criterion": "tailor"},
            "odd": {"criterion": "magnitude", "options": {"q": 1}},
        },
    )
    for line in (
        "the configuration has 5 mistakes:",
        "tasks.task0.model: unknown model 'timm/efficientnet_b44': did you mean 'efficientnet_b4'?",
        "tasks.task1.model: unknown model 'torchvision/resnet51': did you mean",
        "tasks.task2.weights: unknown package 'efficientnet-lite': did you mean",
        "criteria.near: unknown method 'tailor': did you mean 'taylor'?",
        "criteria.odd: options of magnitude: q: unknown key",
    ):
        assert line in text


def two_meanings(root: Path) -> Config:
    """Write two scenarios with two meanings of a recipe; return what a command begins with."""
    task = TASK | {"recipe": "short"}
    config = {
        "scenarios": ["mine"],
        "datasets": {"images": {"format": "folder", "root": "/data"}},
        "recipes": {"short": {"epochs": 1, "learning_rate": 0.1}},
        "tasks": {"task0": task},
    }
    (root / "config/scenarios").mkdir(parents=True)
    (root / "config/config.yaml").write_text(yaml.safe_dump(config))
    for name, epochs in (("mine", 1), ("other", 2)):
        recipes = {"one": {"epochs": epochs, "learning_rate": 0.1}}
        text = yaml.safe_dump({"task": "task0", "recipe": "one", "recipes": recipes})
        (root / f"config/scenarios/{name}.yaml").write_text(text)
    return load_config(root, {}, Asked())


@pytest.mark.parametrize(("target", "epochs"), [("mine", 1), ("other", 2), ("other/answer", 2)])
def test_a_job_on_a_cluster_has_the_configuration_of_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, epochs: int
) -> None:
    monkeypatch.setenv(ASKED_FOR, '["mine", "other"]')  # of another command: does not count
    first = two_meanings(tmp_path)
    command = of_command(first, tmp_path, {}, (), [target], [])
    assert command.recipes["one"].epochs == epochs
    job = [{"task": "task0", "recipe": "one", "seed": "0"}]
    assert of_command(first, tmp_path, {}, (), [], job) == command
    monkeypatch.delenv(ASKED_FOR)  # not every scheduler hands it on
    with pytest.raises(BudamaError, match=r"other.yaml: recipes.one: this name already stands"):
        of_command(first, tmp_path, {}, (), [], job)
    assert of_command(first, tmp_path, {}, (), [], [{"scenario": target.partition("/")[0]}])


def test_where_all_files_fit_together_nothing_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ASKED_FOR, "[]")
    monkeypatch.delenv(ASKED_FOR)
    two_meanings(tmp_path)
    (tmp_path / "config/scenarios/other.yaml").unlink()
    whole = load_config(tmp_path, {}, Asked())
    assert of_command(whole, tmp_path, {}, ("report",), [], []) is whole
    assert ASKED_FOR not in os.environ
    assert of_command(whole, tmp_path, {}, ("mine",), ["short"], []).left_out.keys() == {"mine"}
