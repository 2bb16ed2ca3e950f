import os
from pathlib import Path

import pytest

from budama.config.data import ImageFolder
from budama.data.sources import open_source
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
