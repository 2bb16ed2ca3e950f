"""Settings of datasets, their splits and their preprocessing."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from budama.config.base import Strict, WatchedPath


class FashionMnist(Strict):
    """Fashion-MNIST in its published four files (``*-idx?-ubyte.gz`` or unpacked)."""

    format: Literal["fashion-mnist"]
    root: WatchedPath
    download: bool = False


class ImageFolder(Strict):
    """Folders of images, one folder per class: ``ROOT/TRAIN/CLASS/*`` and ``ROOT/TEST/CLASS/*``."""

    format: Literal["folder"]
    root: WatchedPath
    train: str = "train"
    test: str = "test"


class ImageNet(Strict):
    """ImageNet as everyone lays it out: ``ROOT/train/SYNSET/*`` and ``ROOT/val/SYNSET/*``."""

    format: Literal["imagenet"]
    root: WatchedPath


class Food101(Strict):
    """Food-101 as published: ``ROOT/images/CLASS/ID.jpg``, ``ROOT/meta/{train,test}.txt``."""

    format: Literal["food101"]
    root: WatchedPath


class TorchvisionSet(Strict):
    """A dataset that torchvision knows by name, in the folder that torchvision expects."""

    format: Literal["torchvision"]
    name: Literal["cifar10", "cifar100", "fashion-mnist", "flowers102", "oxford-iiit-pet"]
    root: WatchedPath
    download: bool = False


Dataset = Annotated[
    FashionMnist | ImageFolder | ImageNet | Food101 | TorchvisionSet, Field(discriminator="format")
]


class Calibration(Strict):
    """How many training images the data-driven criteria see."""

    batches: int = Field(100, ge=1)
    batch_size: int = Field(64, ge=1)

    def images(self, available: int) -> int:
        """Return how many of so many images are used: whole batches, if there is one at least."""
        found = min(self.batches * self.batch_size, available)
        return found - found % self.batch_size if found > self.batch_size else found


class Preprocessing(Strict):
    """Overrides of the model's own preprocessing; what is left out stays the model's."""

    mean: tuple[float, float, float] | None = None
    std: tuple[PositiveFloat, PositiveFloat, PositiveFloat] | None = None
    interpolation: Literal["bilinear", "bicubic"] | None = None
    crop: float | None = Field(None, gt=0, le=1)
