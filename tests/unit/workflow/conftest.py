from pathlib import Path

import pytest

from budama.config.schema import Config
from budama.workflow.configuration import load_config

CONFIG = """
scenarios: [mine]
datasets:
  photos: {format: folder, root: photos}
recipes:
  whole: {epochs: 10, batch_size: 16, learning_rate: 0.1}
  taught: {epochs: 2, batch_size: 16, learning_rate: 0.1, distillation: {}}
tasks:
  big: {model: timm/resnet18, dataset: photos, image_size: 32, recipe: whole, cache: 64,
        cluster: {hours: 9}}
  quick: {model: timm/resnet18, dataset: photos, image_size: 32, recipe: whole,
          latency: {skip: true, precisions: [fp32]}}
latency: {precisions: [fp32, tf32, int8]}
"""
SCENARIO = """
title: Mine
task: big
methods: [wanda]
controls: [dense-finetuned]
scopes: [layer]
budgets: [{channels: 0.5}]
recipe: [whole, taught]
seeds: [0]
"""


@pytest.fixture
def configured(tmp_path: Path) -> Config:
    """Two tasks on one dataset, and a scenario of one method, two recipes and the dense control."""
    (tmp_path / "config/scenarios").mkdir(parents=True)
    (tmp_path / "config/config.yaml").write_text(CONFIG)
    (tmp_path / "config/scenarios/mine.yaml").write_text(SCENARIO)
    (tmp_path / "config/scenarios/untimed.yaml").write_text(SCENARIO.replace("big", "quick"))
    return load_config(tmp_path)
