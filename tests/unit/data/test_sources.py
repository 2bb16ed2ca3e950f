import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from budama.config.data import FashionMnist, ImageFolder
from budama.data.sources import open_source
from budama.errors import BudamaError


def write_image(path: Path, shade: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, 6), shade).save(path)


def test_fashion_mnist_reads_the_published_files(fashion_mnist: Path) -> None:
    source = open_source(FashionMnist(format="fashion-mnist", root=str(fashion_mnist)))
    assert len(source.classes) == 10
    assert source.table("train")["label"].tolist() == list(range(10)) * 12
    image = source.read("test", "3")
    assert (image.mode, image.size) == ("RGB", (28, 28))
    assert np.asarray(image)[11].min() >= 180  # class 3: the bar is at rows 10 to 12


def test_unpacked_and_downloaded_layouts_read_the_same(fashion_mnist: Path, tmp_path: Path) -> None:
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for file in fashion_mnist.glob("*.gz"):
        (raw / file.stem).write_bytes(gzip.decompress(file.read_bytes()))
    packed, unpacked = (
        open_source(FashionMnist(format="fashion-mnist", root=str(root), download=True))
        for root in (fashion_mnist, tmp_path)
    )
    assert packed.fingerprint() == unpacked.fingerprint()


def test_a_missing_or_empty_folder_shows_what_is_expected(tmp_path: Path) -> None:
    for root in (tmp_path / "missing", tmp_path):
        with pytest.raises(BudamaError, match=r"dataset not found: .*four files .*Debian"):
            open_source(FashionMnist(format="fashion-mnist", root=str(root)))


def test_a_download_without_internet_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torchvision.datasets.FashionMNIST.mirrors", ["http://127.0.0.1:1/"])
    with pytest.raises(BudamaError, match=r"could not be downloaded .*set 'download: false'"):
        open_source(FashionMnist(format="fashion-mnist", root=str(tmp_path), download=True))


@pytest.mark.parametrize("damage", ["cut", "other"])
def test_a_damaged_file_is_named(fashion_mnist: Path, tmp_path: Path, damage: str) -> None:
    shutil.copytree(fashion_mnist, tmp_path / "copy")
    file = tmp_path / "copy" / "t10k-images-idx3-ubyte.gz"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage == "cut" else gzip.compress(b"no idx"))
    with pytest.raises(BudamaError, match=r"t10k-images-idx3-ubyte.gz: cannot be read: .*again"):
        open_source(FashionMnist(format="fashion-mnist", root=str(tmp_path / "copy")))


def test_folders_of_classes_are_read_as_rgb(tmp_path: Path) -> None:
    for part in ("train", "val"):
        for shade, name in ((10, "ab"), (250, "çay & kahve")):
            write_image(tmp_path / part / name / "1.png", shade)
    (tmp_path / "train" / "ab" / "notes.txt").write_text("no image")
    source = open_source(ImageFolder(format="folder", root=str(tmp_path), test="val"))
    assert list(source.classes) == ["ab", "çay & kahve"]
    rows = source.table("test")
    assert rows["label"].tolist() == [0, 1]
    image = source.read("test", rows["key"][1])
    assert image.mode == "RGB"
    assert image.getpixel((0, 0)) == (250, 250, 250)


def test_folder_mistakes_are_told_before_any_work(tmp_path: Path) -> None:
    dataset = ImageFolder(format="folder", root=str(tmp_path))
    with pytest.raises(
        BudamaError, match=r"not found: the train folder .*/train is missing. Expected: FO"
    ):
        open_source(dataset)
    (tmp_path / "train").mkdir()
    (tmp_path / "test").mkdir()
    with pytest.raises(BudamaError, match=r"dataset is empty: no images under .*/train"):
        open_source(dataset)
    write_image(tmp_path / "train" / "pizza" / "1.png", 0)
    write_image(tmp_path / "test" / "piza" / "1.png", 0)
    with pytest.raises(BudamaError, match="'piza' has no training images: did you mean 'pizza'"):
        open_source(dataset)


def test_an_unreadable_image_is_named(tmp_path: Path) -> None:
    for part in ("train", "test"):
        write_image(tmp_path / part / "a" / "1.png", 0)
    broken = tmp_path / "train" / "a" / "2.jpg"
    broken.write_bytes(b"not a jpeg")
    source = open_source(ImageFolder(format="folder", root=str(tmp_path)))
    with pytest.raises(BudamaError, match=r"train/a/2.jpg: cannot be decoded as an image"):
        source.read("train", "a/2.jpg")
