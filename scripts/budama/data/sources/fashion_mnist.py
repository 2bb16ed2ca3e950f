"""Fashion-MNIST in its four published files."""

import gzip
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from budama.config.data import FashionMnist
from budama.data.sources.base import PARTS, Listing, Pixels
from budama.system.errors import BudamaError

CLASSES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)


def open_images(dataset: FashionMnist) -> "FashionMnistImages":
    """Return the images in the files under the root of ``dataset``."""
    return FashionMnistImages(dataset)


class FashionMnistImages(Pixels):
    """``{train,t10k}-{images-idx3,labels-idx1}-ubyte``, gzipped or not."""

    def __init__(self, dataset: FashionMnist) -> None:
        super().__init__(dataset)
        self._root = Path(dataset.root)
        self._download = dataset.download

    def check(self) -> None:
        """Raise ``BudamaError`` if one of the four files is missing."""
        for part in PARTS:
            for what, dimensions in (("images", 3), ("labels", 1)):
                self._path(part, what, dimensions)

    def listing(self) -> Listing:
        """Return every image, in the published order."""
        if self._download and not any(self._candidates("train-images-idx3-ubyte")):
            _download(self._root)
        self.check()
        rows = []
        for part in PARTS:
            labels = read_idx(self._path(part, "labels", 1), 1)
            if len(self.pixels(part)) != len(labels):
                raise BudamaError(
                    f"{self._root}: {len(self.pixels(part))} {part} images but "
                    f"{len(labels)} labels; fetch the four files again"
                )
            rows += [(part, str(index), int(label)) for index, label in enumerate(labels)]
        return Listing.of(list(CLASSES), rows)

    def place(self, part: str, key: str) -> str:
        """Return the file and the index of the image in it."""
        return f"{self._path(part, 'images', 3)}, image {key}"

    def pixels(self, part: str) -> npt.NDArray[np.uint8]:
        """Return the grey images ``[images, height, width]`` of one part."""
        return self._images[part]

    @cached_property
    def _images(self) -> dict[str, npt.NDArray[np.uint8]]:
        return {part: read_idx(self._path(part, "images", 3), 3) for part in PARTS}

    def _path(self, part: str, what: str, dimensions: int) -> Path:
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
        return path

    def _candidates(self, name: str) -> Iterator[Path]:
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
            raise ValueError("it is not an IDX file of bytes with the right number of dimensions")
        start = 4 + 4 * dimensions
        shape = np.frombuffer(data, ">u4", count=dimensions, offset=4)
        return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
    except (OSError, EOFError, ValueError) as error:
        raise BudamaError(f"{path}: cannot be read: {error}; fetch it again") from error


def _download(root: Path) -> None:
    from torchvision.datasets import FashionMNIST

    try:
        FashionMNIST(str(root), download=True)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise BudamaError(
            f"Fashion-MNIST could not be downloaded into {root}: {reason}. Without internet, set "
            "'download: false' and 'root' to a folder that holds the four published files"
        ) from error
