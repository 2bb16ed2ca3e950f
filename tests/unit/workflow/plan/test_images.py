import json
from pathlib import Path

import pytest

from budama.config.data import Table
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


def test_own_validation_images_and_a_drawn_test_part_are_counted(
    config: Config, tmp_path: Path
) -> None:
    rows = ["path,label,split"]
    for number in range(60):
        part = "train" if number < 50 else "val"
        rows.append(f"{write_image(tmp_path / f'{number}.png', number)},{number % 2},{part}")
    (tmp_path / "all.csv").write_text("\n".join(rows))
    config.datasets["photos"] = Table(
        format="table", root=str(tmp_path), file="all.csv", split="split", test=0.2
    )
    found = count_images(config, "big", tmp_path)
    assert (found.train, found.validation, found.test, found.classes) == (40, 10, 10, 2)
