import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from budama.config.data import FashionMnist, TorchvisionSet
from budama.data.sources import Original, open_source
from budama.system.errors import BudamaError


def fashion(root: Path, download: bool = False) -> Original:
    return open_source(FashionMnist(format="fashion-mnist", root=str(root), download=download))


def test_it_reads_the_published_files(fashion_mnist: Path) -> None:
    source = fashion(fashion_mnist)
    classes, images, _ = source.listing()
    assert len(classes) == 10
    assert images.loc[images["part"] == "train", "label"].tolist() == list(range(10)) * 12
    image = source.read("test", "3")
    assert (image.mode, image.size) == ("RGB", (28, 28))
    assert np.asarray(image)[11].min() >= 180  # class 3: the bar is at rows 10 to 12


def test_unpacked_and_downloaded_layouts_read_the_same(fashion_mnist: Path, tmp_path: Path) -> None:
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for file in fashion_mnist.glob("*.gz"):
        (raw / file.stem).write_bytes(gzip.decompress(file.read_bytes()))
    packed, unpacked = fashion(fashion_mnist), fashion(tmp_path, download=True)
    known = open_source(
        TorchvisionSet(format="torchvision", name="fashion-mnist", root=str(tmp_path))
    )
    for other in (unpacked, known):
        assert packed.listing().images.equals(other.listing().images)
        assert packed.content("test", "7") == other.content("test", "7")


def test_a_missing_or_empty_folder_shows_what_is_expected(tmp_path: Path) -> None:
    for root in (tmp_path / "missing", tmp_path):
        with pytest.raises(BudamaError, match=r"dataset not found: .*four files .*Debian"):
            fashion(root).listing()


def test_a_download_without_internet_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torchvision.datasets.FashionMNIST.mirrors", ["http://127.0.0.1:1/"])
    with pytest.raises(BudamaError, match=r"could not be downloaded .*set 'download: false'"):
        fashion(tmp_path, download=True).listing()


@pytest.mark.parametrize("damage", ["cut", "other"])
def test_a_damaged_file_is_named(fashion_mnist: Path, tmp_path: Path, damage: str) -> None:
    shutil.copytree(fashion_mnist, tmp_path / "copy")
    file = tmp_path / "copy" / "t10k-images-idx3-ubyte.gz"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage == "cut" else gzip.compress(b"no idx"))
    with pytest.raises(BudamaError, match=r"t10k-images-idx3-ubyte.gz: cannot be read: .*again"):
        fashion(tmp_path / "copy").listing()
