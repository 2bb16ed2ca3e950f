import json
from pathlib import Path

import pytest

from budama.config.data import ImageFolder
from budama.config.schema import Config
from budama.system.errors import BudamaError
from budama.workflow.plan.images import Images, count_images
from tests.unit.data.trees import write_image


def test_images_of_a_published_set_are_known_without_it(config: Config, tmp_path: Path) -> None:
    found = count_images(config, "big", tmp_path)
    assert (found.train, found.validation) == (1_281_167 - 128_117, 128_117)
    assert (found.calibration, found.selection) == (100, 1000)
    assert (found.test, found.classes) == (50_000, 1000)
    assert found.origin == "those of the whole imagenet"


def test_images_that_nobody_knows_are_asked_for(config: Config, tmp_path: Path) -> None:
    with pytest.raises(BudamaError, match=r"mine: its images cannot be counted: .*nowhere"):
        count_images(config, "own", tmp_path)


def test_prepared_images_come_before_all_else(config: Config, tmp_path: Path) -> None:
    file = tmp_path / "results/tasks/big/data/manifest.json"
    file.parent.mkdir(parents=True)
    counts = {"train": 5, "validation": 4, "calibration": 3, "selection": 2, "test": 1}
    file.write_text(json.dumps({"images": counts, "classes": ["a", "b"]}))
    found = count_images(config, "big", tmp_path)
    assert found == Images(**counts, classes=2, origin="as prepared")


def test_images_that_will_be_prepared_anew_do_not_count(config: Config, tmp_path: Path) -> None:
    """What an earlier version prepared knows nothing of uses that have come since."""
    file = tmp_path / "results/tasks/big/data/manifest.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"images": {"train": 4, "test": 1}, "classes": ["a", "b"]}))
    assert count_images(config, "big", tmp_path).origin == "those of the whole imagenet"


@pytest.mark.parametrize("val", [0, 4])
def test_a_test_part_that_will_be_drawn_is_counted(
    val: int, config: Config, tmp_path: Path
) -> None:
    root = tmp_path / "images"
    for name in ("a", "b"):
        for shade in range(50):
            write_image(root / "train" / name / f"{shade}.png", shade)
        for shade in range(val):
            write_image(root / "val" / name / f"{shade}.png", 100 + shade)
    own = ImageFolder(format="folder", root=str(root), test=0.2)
    task = config.tasks["own"]
    config = config.model_copy(update={"datasets": config.datasets | {task.dataset: own}})
    found = count_images(config, "own", tmp_path)
    carved = 0 if val else round(80 * task.validation)
    assert (found.test, found.validation, found.train) == (20, 2 * val + carved, 80 - carved)
