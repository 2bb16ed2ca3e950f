from pathlib import Path
from typing import Any

import pytest
import yaml

from budama.system.errors import BudamaError
from budama.workflow.configuration import load_config

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
