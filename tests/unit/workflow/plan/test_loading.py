from pathlib import Path

from budama.config.data import FashionMnist
from budama.config.recipe import Recipe
from budama.config.schema import Config
from budama.workflow.plan.loading import loading_rate

RECIPE = Recipe(epochs=1, batch_size=4, learning_rate=0.1)


def test_images_are_loaded_before_they_are_audited(
    config: Config, fashion_mnist: Path, tmp_path: Path
) -> None:
    there = FashionMnist(format="fashion-mnist", root=str(fashion_mnist))
    config.datasets["photos"] = there
    rate = loading_rate(config, "big", RECIPE, tmp_path / "not prepared")
    assert rate is not None
    assert rate > 0
    assert loading_rate(config, "own", RECIPE, tmp_path / "not prepared") is None
