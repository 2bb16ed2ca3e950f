import os
from pathlib import Path
from typing import Any

import pytest

from budama.config.data import ImageFolder
from budama.data.sources import open_source
from budama.data.sources.base import Listing
from budama.system.errors import BudamaError
from tests.unit.data.trees import write_image


def test_folders_of_classes_are_read_as_rgb(tmp_path: Path) -> None:
    for part in ("train", "val"):
        for shade, name in ((10, "ab"), (250, "çay & kahve")):
            write_image(tmp_path / part / name / "more" / "1.png", shade)
        (tmp_path / part / ".thumbnails").mkdir()
    (tmp_path / "train" / "ab" / "notes.txt").write_text("no image")
    source = open_source(ImageFolder(format="folder", root=str(tmp_path), test="val"))
    classes, images, _ = source.listing()
    assert classes == ["ab", "çay & kahve"]
    assert images["part"].tolist() == ["train", "train", "test", "test"]
    assert images["label"].tolist() == [0, 1, 0, 1]
    image = source.read("test", images["key"][3])
    assert image.mode == "RGB"
    assert image.getpixel((0, 0)) == (250, 250, 250)


def test_mistakes_show_what_is_expected(tmp_path: Path) -> None:
    source = open_source(ImageFolder(format="folder", root=str(tmp_path)))
    with pytest.raises(
        BudamaError, match=r"not found: the train folder .*/train is missing. Expected: FO"
    ):
        source.listing()
    (tmp_path / "train").mkdir()
    (tmp_path / "test").mkdir()
    with pytest.raises(BudamaError, match=r"dataset is empty: no images under .*/train"):
        source.listing()
    write_image(tmp_path / "train" / "pizza" / "1.png", 0)
    write_image(tmp_path / "test" / "piza" / "1.png", 0)
    with pytest.raises(BudamaError, match="'piza' has no training images: did you mean 'pizza'"):
        source.listing()


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    for part in ("train", "test"):
        write_image(tmp_path / part / "a" / "1.png", 0)
    Path(os.fsdecode(bytes(tmp_path) + b"/train/a/\xff.png")).write_bytes(b"")
    with pytest.raises(BudamaError, match=r"xff.png' is not UTF-8; rename"):
        open_source(ImageFolder(format="folder", root=str(tmp_path))).listing()


def test_an_image_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write_image(tmp_path / "train" / "a" / "1.jpg", 0)
    (tmp_path / "train" / "a" / "2.jpg").write_bytes(b"not a jpeg")
    os.mkfifo(tmp_path / "train" / "a" / "3.jpg")  # opening it would wait for ever
    source = open_source(ImageFolder(format="folder", root=str(tmp_path)))
    for key, reason in (
        ("a/2.jpg", "it is not an image of a known format"),
        ("a/3.jpg", "it is not a regular file"),
        ("a/4.jpg", "the file is missing"),
    ):
        with pytest.raises(BudamaError, match=rf"train/{key}: cannot be decoded .*: {reason}"):
            source.read("train", key)


def write(root: Path, *keys: str) -> Path:
    for shade, key in enumerate(keys):
        write_image(root / key, shade)
    return root


def listing(root: Path, **settings: Any) -> Listing:
    return open_source(ImageFolder(format="folder", root=str(root), **settings)).listing()


def keys(found: Listing, part: str = "train") -> list[str]:
    return found.images.loc[found.images["part"] == part, "key"].tolist()


def test_what_an_empty_folder_holds_instead_of_images_is_counted(tmp_path: Path) -> None:
    write(tmp_path, "test/a/1.png", "train/.x.png")
    for name in ("a/1.heic", "a/2.HEIC", "b/3.heic"):
        (tmp_path / "train" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "train" / name).touch()
    with pytest.raises(BudamaError, match=r"no images under .*/train \(passed over: ") as caught:
        listing(tmp_path)
    assert ".heic files: 3; class folders without images (a, b): 2; hidden" in str(caught.value)


def test_a_val_folder_is_the_validation_part(tmp_path: Path) -> None:
    write(tmp_path, *(f"{part}/{name}/1.png" for part in ("train", "val", "test") for name in "ab"))
    found = listing(tmp_path)
    assert found.images["part"].tolist() == ["train", "train", "val", "val", "test", "test"]
    assert set(listing(tmp_path, test="val").images["part"]) == {"train", "test"}
    assert set(listing(tmp_path, test=0.2).images["part"]) == {"train", "val"}
    (tmp_path / "val").rename(tmp_path / "valid")
    assert set(listing(tmp_path, val="valid").images["part"]) == {"train", "val", "test"}
    beside = {"folders beside the parts (valid)": 1}
    assert listing(tmp_path).skipped == beside, "who has such a folder wants to know"
    with pytest.raises(BudamaError, match=r"(?s)the val folder .*/dev is missing.*\n    test/\n"):
        listing(tmp_path, val="dev")


@pytest.mark.parametrize("settings", [{}, {"train": "."}])
def test_classes_may_lie_in_the_root_itself(settings: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, "cat/1.png", "dog/1.png", "dog/2.png")
    found = listing(tmp_path, test=0.2, **settings)
    assert found.classes == ["cat", "dog"]
    assert keys(found) == ["cat/1.png", "dog/1.png", "dog/2.png"]
    source = open_source(ImageFolder(format="folder", root=str(tmp_path), test=0.2))
    assert source.read("train", "dog/2.png").getpixel((0, 0)) == (2, 2, 2)


def test_a_root_of_classes_without_a_share_says_what_to_write(tmp_path: Path) -> None:
    write(tmp_path, "cat/1.png", "dog/1.png")
    with pytest.raises(BudamaError, match=r"lie in .* itself, write 'test: 0.2' into") as caught:
        listing(tmp_path)
    assert str(caught.value).endswith(
        f"  {tmp_path}/\n    cat/\n      1 image\n    dog/\n      1 image"
    )
    with pytest.raises(BudamaError, match=r"the train folder .*/training is missing"):
        listing(tmp_path, train="training", test=0.2)


def test_a_missing_test_part_says_what_to_write(tmp_path: Path) -> None:
    write(tmp_path, "train/cat/1.png", "train/dog/1.png")
    with pytest.raises(BudamaError, match=r"write 'test: 0.2' into") as caught:
        listing(tmp_path)
    assert "test: val" not in str(caught.value)
    write(tmp_path, "val/cat/1.png", "val/dog/1.png")
    with pytest.raises(BudamaError, match=r"To test on .*/val, write 'test: val'"):
        listing(tmp_path)


def test_a_class_may_be_called_as_a_part_is_if_one_says_so(tmp_path: Path) -> None:
    write(tmp_path, "bus/1.png", "train/1.png", "tram/1.png")
    with pytest.raises(BudamaError, match=r"stand here.*If 'train' is a class.*'train: .'"):
        listing(tmp_path, test=0.2)
    assert listing(tmp_path, train=".", test=0.2).classes == ["bus", "train", "tram"]
    (tmp_path / "train").rename(tmp_path / "Test")
    with pytest.raises(BudamaError, match="each folder here would be a class, test too"):
        listing(tmp_path, test=0.2)


@pytest.mark.parametrize(
    "settings", [{"test": "train"}, {"train": ".", "test": "test"}, {"train": "test/cat"}]
)
def test_parts_that_share_images_are_refused(settings: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, "train/cat/1.png", "test/cat/1.png")
    with pytest.raises(BudamaError, match=r"its images would belong to both|is both the"):
        listing(tmp_path, **settings)


def test_one_folder_for_two_parts_is_told_as_such(tmp_path: Path) -> None:
    write(tmp_path, "train/cat/a.png", "train/dog/b.png", "test/cat/c.png")
    with pytest.raises(BudamaError, match=r"test is both the val folder and the test folder"):
        listing(tmp_path, val="test")


def test_unlabelled_test_images_say_what_to_write(tmp_path: Path) -> None:
    write(tmp_path, "train/cat/1.png", "train/dog/1.png", "test/1.png", "test/2.png")
    with pytest.raises(BudamaError, match=r"images \(2\) stand here without folders .*0.2"):
        listing(tmp_path)
    found = listing(tmp_path, test=0.2)
    assert len(found.images) == 2
    assert found.skipped == {"folders beside the parts (test)": 1}


def test_paths_may_be_relative_and_names_beside_the_parts_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, *(f"{part}/{name}/1.png" for part in ("train", "test") for name in "ab"))
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff")).mkdir()
    monkeypatch.chdir(tmp_path)
    assert keys(listing(Path())) == keys(listing(tmp_path)) == ["a/1.png", "b/1.png"]
    assert keys(listing(Path("train"), test=0.5)) == ["a/1.png", "b/1.png"]
    assert keys(listing(Path(), train="../" + tmp_path.name + "/train/")) == ["a/1.png", "b/1.png"]
    assert listing(tmp_path).skipped == {"folders beside the parts (\ufffd)": 1}
