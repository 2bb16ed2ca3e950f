"""Settings of training."""

from typing import Literal

from pydantic import Field

from budama.config.base import Strict


class Augment(Strict):
    """Random changes to training images.

    A crop, given as ranges of its share of the area and of its aspect ratio, and a mirror image.
    """

    crop_scale: tuple[float, float] = (0.35, 1.0)
    crop_ratio: tuple[float, float] = (0.75, 1.3333)
    flip: float = Field(0.5, ge=0, le=1)


class Recipe(Strict):
    """How a model is trained: the dense one, or a pruned one that recovers."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(64, ge=2)
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(0.01, ge=0)
    warmup: float = Field(0.1, ge=0, lt=1)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    augment: Augment = Augment()
