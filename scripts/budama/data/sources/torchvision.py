"""Datasets that torchvision downloads and reads, by name; torchvision checks their md5 sums."""

from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from budama.config.data import FashionMnist, TorchvisionSet
from budama.data.sources.base import PARTS, Files, Listing, Original, Pixels
from budama.data.sources.fashion_mnist import FashionMnistImages
from budama.system.errors import BudamaError


class Published(NamedTuple):
    """A dataset's class in torchvision, its folder under the root, and where it is from."""

    kind: str
    folder: str
    url: str


CIFAR_URL = "https://www.cs.toronto.edu/~kriz"
VGG_URL = "https://www.robots.ox.ac.uk/~vgg/data"
PUBLISHED = {
    "cifar10": Published("CIFAR10", "cifar-10-batches-py", f"{CIFAR_URL}/cifar-10-python.tar.gz"),
    "cifar100": Published("CIFAR100", "cifar-100-python", f"{CIFAR_URL}/cifar-100-python.tar.gz"),
    "flowers102": Published("Flowers102", "flowers-102", f"{VGG_URL}/flowers/102/"),
    "oxford-iiit-pet": Published("OxfordIIITPet", "oxford-iiit-pet", f"{VGG_URL}/pets/"),
}


def open_images(dataset: TorchvisionSet) -> Original:
    """Return the images of the dataset that ``dataset`` names."""
    match dataset.name:
        case "fashion-mnist":
            return FashionMnistImages(
                FashionMnist(format="fashion-mnist", root=dataset.root, download=dataset.download)
            )
        case "flowers102":
            return FlowersImages(dataset)
        case "oxford-iiit-pet":
            return PetImages(dataset)
    return CifarImages(dataset)


def _load(dataset: TorchvisionSet, download: bool = False, **part: Any) -> Any:
    """Return one part as torchvision's object; raises ``BudamaError`` if it cannot be had."""
    import torchvision.datasets

    kind = getattr(torchvision.datasets, PUBLISHED[dataset.name].kind)
    try:
        return kind(dataset.root, download=download, **part)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        what = "could not be downloaded" if download else "cannot be read"
        raise BudamaError(
            f"{dataset.name} {what}: {reason}. {_expected(dataset)}. Delete a copy that was cut "
            "short first"
        ) from error


def _check(dataset: TorchvisionSet) -> None:
    folder = Path(dataset.root, PUBLISHED[dataset.name].folder)
    if not folder.is_dir():
        raise BudamaError(f"dataset not found: {folder} is missing. {_expected(dataset)}")


def _expected(dataset: TorchvisionSet) -> str:
    published = PUBLISHED[dataset.name]
    return (
        f"Expected is {Path(dataset.root, published.folder)}/ as torchvision's {published.kind} "
        "makes it: set 'download: true' to have it fetched, or on a machine with internet run "
        f"python -c \"import torchvision.datasets as d; d.{published.kind}('{dataset.root}', "
        f'download=True)" and copy the folder (source: {published.url})'
    )


class CifarImages(Pixels):
    """CIFAR-10 and CIFAR-100: 50,000 + 10,000 images of 32 x 32 pixels."""

    def __init__(self, dataset: TorchvisionSet) -> None:
        super().__init__(dataset)
        self._dataset = dataset

    def check(self) -> None:
        """Raise ``BudamaError`` if torchvision's folder is missing."""
        _check(self._dataset)

    def listing(self) -> Listing:
        """Return every image in the published order; downloads only if the config says so."""
        if self._dataset.download:
            _load(self._dataset, download=True)
        self.check()
        rows = [
            (part, str(index), int(label))
            for part in PARTS
            for index, label in enumerate(self._parts[part].targets)
        ]
        return Listing.of(list(self._parts["train"].classes), rows)

    def place(self, part: str, key: str) -> str:
        """Return the folder and the index of the image."""
        return f"{self._dataset.root}: {self._dataset.name}, {part} image {key}"

    def pixels(self, part: str) -> npt.NDArray[np.uint8]:
        """Return the images ``[images, 32, 32, 3]`` of one part."""
        pixels: npt.NDArray[np.uint8] = self._parts[part].data
        return pixels

    @cached_property
    def _parts(self) -> dict[str, Any]:
        return {part: _load(self._dataset, train=part == "train") for part in PARTS}


class _PublishedFiles(Files):
    """A dataset with one file per image; keys are paths under torchvision's folder."""

    def __init__(self, dataset: TorchvisionSet) -> None:
        super().__init__(dataset)
        self._dataset = dataset
        self._folder = Path(dataset.root, PUBLISHED[dataset.name].folder)

    def path(self, part: str, key: str) -> Path:
        """Return the file of one image; the part is not in its path."""
        return self._folder / key

    def check(self) -> None:
        """Raise ``BudamaError`` if torchvision's folder is missing."""
        _check(self._dataset)

    def _rows(self, part: str, files: list[Path], labels: list[int]) -> list[tuple[str, str, int]]:
        return [
            (part, str(Path(file).relative_to(self._folder)), int(label))
            for file, label in zip(files, labels, strict=True)
        ]


class FlowersImages(_PublishedFiles):
    """Flowers-102; the training part is its official train and val together."""

    def listing(self) -> Listing:
        """Return every image in the official order; downloads only if the config says so."""
        if not self._dataset.download:
            self.check()
        rows, classes = [], []
        for part, split in (("train", "train"), ("train", "val"), ("test", "test")):
            found = _load(self._dataset, download=self._dataset.download, split=split)
            rows += self._rows(part, found._image_files, found._labels)
            classes = list(found.classes)
        return Listing.of(classes, rows)


class PetImages(_PublishedFiles):
    """Oxford-IIIT Pet; the training part is its official trainval."""

    def listing(self) -> Listing:
        """Return every image in the official order; downloads only if the config says so."""
        if not self._dataset.download:
            self.check()
        rows, classes = [], []
        for part, split in (("train", "trainval"), ("test", "test")):
            found = _load(self._dataset, download=self._dataset.download, split=split)
            rows += self._rows(part, found._images, found._labels)
            classes = list(found.classes)
        return Listing.of(classes, rows)
