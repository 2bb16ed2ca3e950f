"""A configuration with two scenarios: ``mine`` is wanted, ``later`` is not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from budama.config.schema import Config
from budama.workflow.configuration import load_config
from tests.inputs import write_fashion_mnist

Configured = Callable[..., Config]


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    """Write the configuration; arguments change blocks of it, ``task`` keys of mine's task."""
    images = write_fashion_mnist(tmp_path / "images", 1, 1)

    def configure(*, task: dict[str, Any] | None = None, **blocks: Any) -> Config:
        shared = {"model": "timm/test_efficientnet", "image_size": 32, "weights": "random"}
        config = {
            "scenarios": ["mine"],
            "defaults": {"budgets": [{"channels": 0.1}], "recipe": "short"},
            "latency": {"providers": ["CPU"]},
            "datasets": {
                "bars": {"format": "fashion-mnist", "root": str(images)},
                "gone": {"format": "folder", "root": str(tmp_path / "gone")},
            },
            "recipes": {"short": {"epochs": 1, "learning_rate": 0.1}},
            "tasks": {
                "small": shared | {"dataset": "bars", "recipe": "short"} | (task or {}),
                "other": shared | {"dataset": "gone", "recipe": "short"},
            },
        }
        (tmp_path / "config/scenarios").mkdir(parents=True, exist_ok=True)
        (tmp_path / "config/config.yaml").write_text(yaml.safe_dump(config | blocks))
        for name, own in (("mine", "small"), ("later", "other")):
            (tmp_path / f"config/scenarios/{name}.yaml").write_text(f"task: {own}")
        return load_config(tmp_path)

    return configure
