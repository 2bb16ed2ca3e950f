import shutil
from pathlib import Path

import pytest

from budama.config.data import Food101
from budama.data.sources import Original, open_source
from budama.system.errors import BudamaError
from tests.unit.data.trees import FOODS, write_food101


def food(root: Path) -> Original:
    return open_source(Food101(format="food101", root=str(root)))


def test_the_official_split_is_kept(tmp_path: Path) -> None:
    source = food(write_food101(tmp_path))
    classes, images, _ = source.listing()
    assert classes == list(FOODS)
    assert images.groupby(["part", "label"]).size().tolist() == [2, 2, 4, 4]
    assert images["key"][0] == "apple_pie/0.jpg"
    assert source.read("train", "apple_pie/0.jpg").getpixel((0, 0)) == (0, 0, 0)


def test_a_shorter_list_of_classes_makes_a_subset(tmp_path: Path) -> None:
    root = write_food101(tmp_path)
    shutil.rmtree(root / "images" / "apple_pie")
    (root / "meta" / "classes.txt").write_text("waffles\n")
    classes, images, skipped = food(root).listing()
    assert classes == ["waffles"]
    assert skipped == {"images of classes that classes.txt does not name": 6}
    assert images["label"].tolist() == [0] * 6
    (root / "meta" / "classes.txt").write_text("waffles\napple_pie\n")
    with pytest.raises(BudamaError, match=r"images/apple_pie is missing. To use a part of the"):
        food(root).listing()
    (root / "meta" / "classes.txt").write_text("wafles\n")
    with pytest.raises(BudamaError, match=r"'wafles' has no images in train.txt: did you mean"):
        food(root).listing()


def test_what_is_missing_is_named_with_the_layout(tmp_path: Path) -> None:
    root = write_food101(tmp_path / "food")
    for gone in ("meta/test.txt", "images", "."):
        path = root / gone
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        with pytest.raises(BudamaError, match=rf"not found: .*{path.resolve()} is missing") as e:
            food(root).listing()
        assert f"{root}/images/apple_pie/1005649.jpg" in str(e.value)
        assert "data.vision.ee.ethz.ch" in str(e.value)


@pytest.mark.parametrize("line", ["1005649", "waffles/../secret", "waffles/"])
def test_a_line_that_names_no_image_is_told(tmp_path: Path, line: str) -> None:
    root = write_food101(tmp_path)
    (root / "meta" / "train.txt").write_text(f"waffles/1\n{line}\n")
    with pytest.raises(BudamaError, match=f"train.txt: '{line}' is not CLASS/ID"):
        food(root).listing()


def test_a_class_that_is_only_tested_is_told(tmp_path: Path) -> None:
    root = write_food101(tmp_path)
    with (root / "meta" / "test.txt").open("a") as file:
        file.write("appel_pie/9\n")
    with pytest.raises(BudamaError, match=r"'appel_pie' has no images in train.txt: did you mean"):
        food(root).listing()
