"""Settings of datasets, their splits and their preprocessing."""

from typing import Annotated, Literal

from pydantic import Field

from budama.config.base import Strict


class FashionMnist(Strict):
    """Fashion-MNIST in its published four files (``*-idx?-ubyte.gz`` or unpacked)."""

    format: Literal["fashion-mnist"]
    root: str
    download: bool = False


class ImageFolder(Strict):
    """Folders of images, one folder per class: ``ROOT/TRAIN/CLASS/*`` and ``ROOT/TEST/CLASS/*``."""

    format: Literal["folder"]
    root: str
    train: str = "train"
    test: str = "test"


Dataset = Annotated[FashionMnist | ImageFolder, Field(discriminator="format")]


class Calibration(Strict):
    """How many training images the data-driven criteria see."""

    batches: int = Field(100, ge=1)
    batch_size: int = Field(64, ge=1)


class Preprocessing(Strict):
    """Overrides of the model's own preprocessing; what is left out stays the model's."""

    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None
    interpolation: Literal["bilinear", "bicubic"] | None = None
    crop: float | None = Field(None, gt=0, le=1)
