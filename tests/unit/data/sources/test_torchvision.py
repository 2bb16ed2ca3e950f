import pickle
from hashlib import md5
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torchvision.datasets
from scipy.io import savemat

from budama.config.data import TorchvisionSet
from budama.data.sources import Original, open_source
from budama.system.errors import BudamaError
from tests.unit.data.trees import write_image


def known(name: Any, root: Path, download: bool = False) -> Original:
    return open_source(
        TorchvisionSet(format="torchvision", name=name, root=str(root), download=download)
    )


def md5_of(path: Path) -> str:
    return md5(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("cifar10", "cifar-10-batches-py"),
        ("cifar100", "cifar-100-python"),
        ("flowers102", "flowers-102"),
        ("oxford-iiit-pet", "oxford-iiit-pet"),
    ],
)
def test_what_is_missing_is_never_fetched_unasked(name: str, folder: str, tmp_path: Path) -> None:
    with pytest.raises(BudamaError, match=rf"not found: {tmp_path}/{folder} .*'download: true'"):
        known(name, tmp_path).listing()
    (tmp_path / folder).mkdir()
    with pytest.raises(BudamaError, match=rf"{name} cannot be read: .*copy that was cut short"):
        known(name, tmp_path).listing()


def test_a_download_without_internet_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torchvision.datasets.CIFAR10.url", "http://127.0.0.1:1/cifar.tar.gz")
    with pytest.raises(BudamaError, match=r"cifar10 could not be downloaded: .* copy the folder"):
        known("cifar10", tmp_path, download=True).listing()


def write_cifar(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write two images in CIFAR-10's format and publish their md5 sums."""
    folder = root / "cifar-10-batches-py"
    folder.mkdir()
    kind = torchvision.datasets.CIFAR10
    for name, shade in (("train", 10), ("test", 200)):
        pixels = np.full((2, 3072), shade, np.uint8)
        pixels[:, :1024] = 255  # red comes first
        (folder / name).write_bytes(pickle.dumps({"data": pixels, "labels": [1, 0]}))
        monkeypatch.setattr(kind, f"{name}_list", [[name, md5_of(folder / name)]])
    (folder / "meta").write_bytes(pickle.dumps({"label_names": ["cat", "dog"]}))
    meta = {"filename": "meta", "key": "label_names", "md5": md5_of(folder / "meta")}
    monkeypatch.setattr(kind, "meta", meta)


def test_cifar_is_read_through_torchvision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_cifar(tmp_path, monkeypatch)
    source = known("cifar10", tmp_path)
    classes, images, _ = source.listing()
    assert classes == ["cat", "dog"]
    assert images["label"].tolist() == [1, 0, 1, 0]
    image = source.read("test", "1")
    assert (image.size, image.getpixel((5, 5))) == ((32, 32), (255, 200, 200))
    assert len(pickle.dumps(source)) < 1000


def test_a_cifar_file_that_is_not_the_published_one_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cifar(tmp_path, monkeypatch)
    (tmp_path / "cifar-10-batches-py/test").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(BudamaError, match="cifar10 cannot be read: Dataset not found or corrupted"):
        known("cifar10", tmp_path).listing()


def test_the_training_part_of_flowers_is_train_and_val(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "flowers-102"
    for index in range(1, 7):
        write_image(folder / "jpg" / f"image_{index:05d}.jpg", 30 * index)
    savemat(folder / "imagelabels.mat", {"labels": [1, 2, 1, 2, 1, 2]})
    savemat(folder / "setid.mat", {"trnid": [5, 2], "valid": [3, 4], "tstid": [1, 6]})
    kind = torchvision.datasets.Flowers102
    names = {"label": "imagelabels.mat", "setid": "setid.mat"}
    sums = {key: (name, md5_of(folder / name)) for key, name in names.items()}
    monkeypatch.setattr(kind, "_file_dict", kind._file_dict | sums)
    source = known("flowers102", tmp_path)
    images = source.listing().images
    train = images[images["part"] == "train"]
    assert train["key"].tolist() == [f"jpg/image_0000{index}.jpg" for index in (5, 2, 3, 4)]
    assert train["label"].tolist() == [0, 1, 0, 1]
    assert source.read("test", "jpg/image_00006.jpg").getpixel((0, 0)) == (180, 180, 180)


def test_the_training_part_of_pets_is_trainval(tmp_path: Path) -> None:
    folder = tmp_path / "oxford-iiit-pet"
    (folder / "annotations").mkdir(parents=True)
    for part in ("trainval", "test"):
        lines = []
        for label, name in enumerate(("Abyssinian", "american_bulldog"), start=1):
            write_image(folder / "images" / f"{name}_{part}.jpg", 100 * label)
            lines.append(f"{name}_{part} {label} {label} 1")
        (folder / "annotations" / f"{part}.txt").write_text("\n".join(lines))
    source = known("oxford-iiit-pet", tmp_path)
    classes, images, _ = source.listing()
    assert classes == ["Abyssinian", "American Bulldog"]
    assert images["key"][0] == "images/Abyssinian_trainval.jpg"
    assert source.read("test", images["key"][3]).getpixel((0, 0)) == (200, 200, 200)
