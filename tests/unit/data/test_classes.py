import pandas as pd
import pytest

from budama.data.classes import check_classes, in_words, remarks
from budama.system.errors import BudamaError


def images(**counts: list[int]) -> pd.DataFrame:
    """Return so many images of each class for each part."""
    rows = [
        (part, f"{label}/{place}.png", label)
        for part, numbers in counts.items()
        for label, number in enumerate(numbers)
        for place in range(number)
    ]
    return pd.DataFrame(rows, columns=["part", "key", "label"])


def nothing() -> str:
    return ""


def test_where_no_folders_can_be_shown_the_numbers_are() -> None:
    with pytest.raises(BudamaError, match="'a' is the only class") as caught:
        check_classes(["a"], images(train=[3], test=[1]), nothing)
    assert str(caught.value).endswith("\nThe images are\n  a: 3 train, 1 test")
    assert "train/images" not in str(caught.value), "a key that these formats lack"
    with pytest.raises(BudamaError, match="'train: train/images'\nthe folders"):
        check_classes(["a"], images(train=[3]), lambda: "the folders")
    with pytest.raises(BudamaError, match="there is no class, and a classifier needs two"):
        check_classes([], images(), nothing)


def test_classes_without_training_images_are_refused() -> None:
    classes = [*"abcde"]
    table = images(train=[1, 0, 2, 1, 1], test=[1, 1, 1, 1, 1])
    with pytest.raises(BudamaError, match="class 'b' is without training images"):
        check_classes(classes, table, nothing)
    table = images(train=[1], test=[1, 1, 1, 1, 1])
    with pytest.raises(BudamaError, match=r"4 classes \(b, c, d, \.\.\.\) are without training"):
        check_classes(classes, table, nothing)


@pytest.mark.parametrize(("most", "told"), [(70, []), (99, ["dominated"]), (999, ["dominated"])])
def test_one_class_with_nearly_all_images_is_told(most: int, told: list[str]) -> None:
    table = images(train=[most, 1, 3], test=[1, 1, 1])
    assert [remark["kind"] for remark in remarks([*"abc"], table)] == told


def test_a_part_that_is_not_there_lacks_no_class() -> None:
    assert list(remarks([*"ab"], images(train=[1, 1]))) == []
    [remark] = remarks([*"ab"], images(train=[1, 1], val=[0, 1]))
    assert in_words(remark).startswith("class 'a' is without validation images")


@pytest.mark.parametrize(
    ("folders", "told"),
    [
        ("0/cat 0/dog 1/cat 1/dog", ["cat", "dog"]),
        ("0/cat 0/dog 1/cat", None),
        ("0/more 1/more", None),
        ("0/cat 0/dog 1/cat 1/dog 1", None),
    ],
)
def test_the_same_folders_in_each_class_are_told(folders: str, told: list[str] | None) -> None:
    rows = [("train", f"{place}/1.png", int(place[0])) for place in folders.split()]
    table = pd.DataFrame(rows, columns=["part", "key", "label"])
    found = list(remarks(["0", "1"], table))
    assert [remark["folders"] for remark in found] == ([told] if told else [])
    assert not told or "cat, dog" in in_words(found[0])
    assert list(remarks([*"ab"], table)) == []  # these are no folders of classes, as in a table
