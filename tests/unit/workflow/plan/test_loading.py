from pathlib import Path

from budama.config.data import FashionMnist
from budama.config.schema import Config
from budama.workflow.plan.loading import loading_rate


def test_images_are_loaded_before_they_are_audited(
    config: Config, fashion_mnist: Path, tmp_path: Path
) -> None:
    there = FashionMnist(format="fashion-mnist", root=str(fashion_mnist))
    config.datasets["photos"] = there
    rate = loading_rate(config, "big", tmp_path / "not prepared")
    assert rate is not None
    assert rate > 0
    assert loading_rate(config, "own", tmp_path / "not prepared") is None
