from pathlib import Path

import pytest

from budama.config.schema import Config
from budama.workflow.configuration import load_config

CONFIG = """
scenarios: [one]
datasets:
  photos: {format: imagenet, root: nowhere}
  mine: {format: folder, root: nowhere}
recipes:
  whole: {epochs: 10, batch_size: 20, learning_rate: 0.1}
  recover: {epochs: 2, batch_size: 20, learning_rate: 0.1}
  taught: {like: recover, distillation: {}}
tasks:
  big: {model: torchvision/resnet50, dataset: photos, image_size: 224, recipe: whole,
        calibration: {batches: 2, batch_size: 50}, batch_size: 10}
  own: {model: torchvision/resnet50, dataset: mine, image_size: 224, recipe: whole}
latency: {seconds: 1, processes: 7, batch_sizes: [1, 32]}
"""
SCENARIO = """
task: big
methods: [magnitude, wanda, taylor]
controls: [dense-finetuned]
scopes: [layer]
budgets: [{channels: 0.5}, {macs: 0.1}]
recipe: [recover, taught]
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "config/scenarios").mkdir(parents=True)
    (tmp_path / "config/config.yaml").write_text(CONFIG)
    (tmp_path / "config/scenarios/one.yaml").write_text(SCENARIO)
    return load_config(tmp_path)
