"""Datasets on disk: which images there are, and one image at a time.

Imports no torch unless a download is asked for.
"""

import gzip
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image, UnidentifiedImageError

from budama.config.data import Dataset, FashionMnist, ImageFolder
from budama.errors import BudamaError, did_you_mean

PARTS = ("train", "test")
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"}


class Source(ABC):
    """A dataset with a training and a test part."""

    classes: Sequence[str]

    @abstractmethod
    def table(self, part: str) -> pd.DataFrame:
        """Return one row per image of ``part``: ``key`` (str) and ``label`` (int)."""

    @abstractmethod
    def read(self, part: str, key: str) -> Image.Image:
        """Return one image as RGB; raises ``BudamaError`` if it cannot be decoded."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Return a SHA-256 that changes when the dataset does."""


def open_source(dataset: Dataset) -> Source:
    """Open the dataset that the config describes.

    Raises ``BudamaError`` that shows the expected layout if the folder is missing or empty.
    """
    if isinstance(dataset, FashionMnist):
        return _FashionMnistSource(dataset)
    return _FolderSource(dataset)


class _FashionMnistSource(Source):
    classes = (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    )

    def __init__(self, dataset: FashionMnist) -> None:
        self._root = Path(dataset.root)
        if dataset.download and not any(self._candidates("train-images-idx3-ubyte")):
            _download_fashion_mnist(self._root)
        self._images = {part: self._file(part, "images", 3) for part in PARTS}
        self._labels = {part: self._file(part, "labels", 1) for part in PARTS}
        for part in PARTS:
            if len(self._images[part]) != len(self._labels[part]):
                raise BudamaError(
                    f"{self._root}: {len(self._images[part])} {part} images but "
                    f"{len(self._labels[part])} labels; fetch the four files again"
                )

    def table(self, part: str) -> pd.DataFrame:
        labels = self._labels[part].astype("int64")
        return pd.DataFrame({"key": [str(i) for i in range(len(labels))], "label": labels})

    def read(self, part: str, key: str) -> Image.Image:
        return Image.fromarray(self._images[part][int(key)]).convert("RGB")

    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for part in PARTS:
            digest.update(self._images[part].tobytes())
            digest.update(self._labels[part].tobytes())
        return digest.hexdigest()

    def _file(self, part: str, what: str, dimensions: int) -> npt.NDArray[np.uint8]:
        prefix = "train" if part == "train" else "t10k"
        name = f"{prefix}-{what}-idx{dimensions}-ubyte"
        path = next(self._candidates(name), None)
        if path is None:
            raise BudamaError(
                f"dataset not found: {self._root}/{name}(.gz) is missing. Expected are the four "
                "files of Fashion-MNIST: train- and t10k-, images-idx3-ubyte and "
                "labels-idx1-ubyte, gzipped or not. Debian's package dataset-fashion-mnist has "
                "them (root: /usr/share/datasets/fashion-mnist); torchvision fetches them with "
                "'download: true'"
            )
        return read_idx(path, dimensions)

    def _candidates(self, name: str) -> "filter[Path]":
        # torchvision downloads into FashionMNIST/raw
        folders = (self._root, self._root / "FashionMNIST" / "raw")
        return filter(Path.is_file, (f / f"{name}{end}" for f in folders for end in ("", ".gz")))


def read_idx(path: Path, dimensions: int) -> npt.NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes (LeCun's MNIST format), gzipped or not.

    Raises ``BudamaError`` if the file is damaged or holds anything else.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if data[:4] != bytes([0, 0, 8, dimensions]):
            raise ValueError("it is no IDX file of bytes with the right number of dimensions")
        start = 4 + 4 * dimensions
        shape = np.frombuffer(data, ">u4", count=dimensions, offset=4)
        return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
    except (OSError, EOFError, ValueError) as error:
        raise BudamaError(f"{path}: cannot be read: {error}; fetch it again") from error


def _download_fashion_mnist(root: Path) -> None:
    from torchvision.datasets import FashionMNIST

    try:
        FashionMNIST(str(root), download=True)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise BudamaError(
            f"Fashion-MNIST could not be downloaded into {root}: {reason}. Without internet, set "
            "'download: false' and 'root' to a folder that holds the four published files"
        ) from error


class _FolderSource(Source):
    def __init__(self, dataset: ImageFolder) -> None:
        self._folders = {
            "train": Path(dataset.root) / dataset.train,
            "test": Path(dataset.root) / dataset.test,
        }
        layout = "Expected: FOLDER/CLASS/IMAGE, with one folder per class"
        for part, folder in self._folders.items():
            if not folder.is_dir():
                raise BudamaError(
                    f"dataset not found: the {part} folder {folder} is missing. {layout}"
                )
        self._files = {part: self._list(folder) for part, folder in self._folders.items()}
        self.classes = sorted(self._files["train"])
        for part, folder in self._folders.items():
            if not any(self._files[part].values()):
                raise BudamaError(f"dataset is empty: no images under {folder}. {layout}")
        for name in self._files["test"]:
            if name not in self.classes:
                raise BudamaError(
                    f"{self._folders['test']}: class '{name}' has no training images: "
                    f"{did_you_mean(name, self.classes)}"
                )

    @staticmethod
    def _list(folder: Path) -> dict[str, list[str]]:
        return {
            entry.name: sorted(
                str(file.relative_to(folder))
                for file in entry.rglob("*")
                if file.suffix.lower() in IMAGE_SUFFIXES
            )
            for entry in sorted(folder.iterdir())
            if entry.is_dir()
        }

    def table(self, part: str) -> pd.DataFrame:
        rows = [
            (key, label)
            for label, name in enumerate(self.classes)
            for key in self._files[part].get(name, [])
        ]
        return pd.DataFrame(rows, columns=["key", "label"]).astype({"label": "int64"})

    def read(self, part: str, key: str) -> Image.Image:
        path = self._folders[part] / key
        try:
            with Image.open(path) as image:
                return image.convert("RGB")
        except (OSError, UnidentifiedImageError) as error:
            raise BudamaError(
                f"{path}: cannot be decoded as an image ({error}); remove it"
            ) from error

    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for part, folder in self._folders.items():
            for key in self.table(part)["key"]:
                digest.update(f"{part}/{key}:{(folder / key).stat().st_size}\n".encode())
        return digest.hexdigest()
