"""Folders and classes whose names are spelled in another way than where they are asked for."""

import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from budama.config.data import Food101, ImageFolder
from budama.data.classes import check_classes
from budama.data.sources import open_source
from budama.system.errors import BudamaError
from tests.unit.data.trees import FOODS, write_food101, write_image

KEYBOARD, ARCHIVE = (unicodedata.normalize(form, "Crème brûlée") for form in ("NFC", "NFD"))


def folder(root: Path, **parts: str) -> ImageFolder:
    return ImageFolder(format="folder", root=str(root), **parts)


def write_classes(folder: Path, *names: str) -> None:
    for name in names:
        write_image(folder / name / "1.png", 7)


def test_parts_and_classes_in_another_normal_form_are_found(tmp_path: Path) -> None:
    write_classes(tmp_path / ARCHIVE, ARCHIVE, "tart")
    write_classes(tmp_path / "test", KEYBOARD, "tart")
    dataset = folder(tmp_path, train=KEYBOARD)
    assert dataset.watched() == [tmp_path / ARCHIVE, tmp_path / "test"]
    source = open_source(dataset)
    classes, images, _ = source.listing()
    assert classes == [ARCHIVE, "tart"]
    assert images["label"].tolist() == [0, 1, 0, 1]
    for part, key in zip(images["part"], images["key"], strict=True):
        assert source.read(part, key).getpixel((0, 0)) == (7, 7, 7)


@pytest.mark.parametrize("part", ["train", "val", "test"])
def test_a_part_in_another_case_is_not_passed_over(tmp_path: Path, part: str) -> None:
    for name in ("train", "val", "test"):
        write_classes(tmp_path / (name.title() if name == part else name), "a", "b")
    said = f"{tmp_path}: there is no '{part}', but '{part.title()}': upper and lower case count"
    with pytest.raises(BudamaError, match=said):
        open_source(folder(tmp_path)).listing()


@pytest.mark.parametrize(
    ("train", "test", "said"),
    [
        (["Cat", "dog"], ["cat", "dog"], "test: there is no 'cat', but 'Cat': upper and lower"),
        (["Cat", "cat"], ["cat"], "train: 'Cat' and 'cat' differ in upper and lower case only"),
        ([KEYBOARD, ARCHIVE], ["x"], "differ in Unicode normal form only"),
        (["dog", KEYBOARD], [KEYBOARD, ARCHIVE], "test: .* differ in Unicode normal form only"),
    ],
)
def test_classes_that_differ_in_spelling_only_are_told(
    tmp_path: Path, train: list[str], test: list[str], said: str
) -> None:
    write_classes(tmp_path / "train", *train)
    write_classes(tmp_path / "test", *test)
    with pytest.raises(BudamaError, match=said):
        open_source(folder(tmp_path)).listing()


def test_letters_of_both_cases_are_classes(tmp_path: Path) -> None:
    for part in ("train", "test"):
        write_classes(tmp_path / part, "A", "a")
    assert open_source(folder(tmp_path)).listing().classes == ["A", "a"]


def test_food_in_another_normal_form_is_found(tmp_path: Path) -> None:
    """In the lists one, on disk the other, and in the list of classes whatever a person types."""
    root = write_food101(tmp_path)
    first = next(iter(FOODS))
    (root / "images" / first).rename(root / "images" / ARCHIVE)
    for part, form in (("train", KEYBOARD), ("test", ARCHIVE)):
        file = root / f"meta/{part}.txt"
        file.write_text(file.read_text().replace(first, form))
    (root / "meta/classes.txt").write_text(f"{ARCHIVE}\n")
    source = open_source(Food101(format="food101", root=str(root)))
    classes, images, _ = source.listing()
    assert classes == [KEYBOARD]
    assert sorted(set(images["part"])) == ["test", "train"]
    assert source.read("train", images["key"][0]).mode == "RGB"
    (root / "meta/classes.txt").write_text("Waffles\n")
    with pytest.raises(BudamaError, match=r"classes.txt: there is no 'Waffles', but 'waffles'"):
        open_source(Food101(format="food101", root=str(root))).listing()


@pytest.mark.parametrize("twice", [["Cat", "cat"], [KEYBOARD, ARCHIVE]])
def test_classes_of_whatever_source_are_told_apart(twice: list[str]) -> None:
    images = pd.DataFrame({"part": "train", "label": [0, 1], "key": ["1.png", "2.png"]})
    with pytest.raises(BudamaError, match=r"^the classes of the dataset: .* differ in "):
        check_classes(twice, images, lambda: "")
    check_classes(["cat", "dog"], images, lambda: "")
