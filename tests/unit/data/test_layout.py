from pathlib import Path

import pytest
from pydantic import TypeAdapter

from budama.config.data import Dataset, Food101, ImageNet
from budama.data.layout import source_file
from tests.unit.data.trees import write_food101, write_imagenet


@pytest.mark.parametrize("name", ["folder", "fashion-mnist", "imagenet", "food101", "torchvision"])
def test_every_format_has_its_file(name: str) -> None:
    more = {"name": "cifar10"} if name == "torchvision" else {}
    dataset = TypeAdapter(Dataset).validate_python({"format": name, "root": "/data", **more})
    assert source_file(dataset).is_file()


def test_lists_and_folders_of_images_are_watched_where_they_are(tmp_path: Path) -> None:
    food = Food101(format="food101", root=str(tmp_path))
    assert food.watched() == []
    write_food101(tmp_path)
    assert food.watched() == [
        tmp_path / name for name in ("images", "meta/train.txt", "meta/test.txt")
    ]
    write_imagenet(tmp_path)
    imagenet = ImageNet(format="imagenet", root=str(tmp_path))
    assert imagenet.watched() == [tmp_path / "train", tmp_path / "val"]
