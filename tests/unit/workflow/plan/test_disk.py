from pathlib import Path

import pytest

from budama.config.schema import Config
from budama.workflow.plan.disk import disk_of
from budama.workflow.plan.images import Images
from budama.workflow.plan.models import Cost

IMAGES = Images(
    train=100, validation=30, calibration=60, selection=20, test=90, classes=2, origin=""
)


def test_disk_holds_each_cut_once_and_each_model_twice(config: Config, tmp_path: Path) -> None:
    big = Cost(macs=1, bytes=2**40)
    disk = disk_of(config, "one", IMAGES, big, 2, tmp_path)
    cut = 3 * (0.25 + 0.1)  # three methods, two budgets
    models = 2 * (1 + 2 * (1 + cut))  # safetensors and ONNX; two recipes
    assert disk.stays == pytest.approx((models + cut) * 2**40, rel=1e-3)
    assert disk.training == 2 * 4 * 2**40


def test_what_is_not_trained_takes_no_more_than_others(config: Config, tmp_path: Path) -> None:
    one = config.scenarios["one"]
    config.scenarios["none"] = one.model_copy(update={"recipe": ["none"], "controls": []})
    config.scenarios["other"] = one.model_copy(update={"recipe": ["recover"], "controls": []})
    untrained, trained = (
        disk_of(config, name, IMAGES, Cost(1, 2**40), 2, tmp_path) for name in ("none", "other")
    )
    assert untrained == trained
