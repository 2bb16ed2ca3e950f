"""Settings of training."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, field_validator, model_validator

from budama.config.base import Strict
from budama.system.errors import BudamaError

NO_TRAINING = "none"  # stands for a recipe where a cell is not trained after its cut
_Share = Annotated[float, Field(gt=0, le=1)]


class Augment(Strict):
    """Random changes to training images.

    A crop, given as ranges of its share of the area and of its aspect ratio; a mirror image; timm's
    ``auto`` augmentations (for example ``rand-m9-mstd0.5``, ``augmix-m5``, ``3a``).
    """

    crop_scale: tuple[_Share, _Share] = (0.35, 1.0)
    crop_ratio: tuple[PositiveFloat, PositiveFloat] = (0.75, 1.3333)
    flip: float = Field(0.5, ge=0, le=1)
    auto: str | None = Field(None, pattern=r"^(rand|augmix|original|v0|3a)[A-Za-z0-9.-]*$")

    @field_validator("crop_scale", "crop_ratio")
    @classmethod
    def _smaller_end_first(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] > value[1]:
            raise ValueError("write the smaller end of the range first")
        return value


class Mix(Strict):
    """Mixed images: ``mixup`` (Zhang et al., ICLR 2018) and ``cutmix`` (Yun et al., ICCV 2019).

    Each the alpha of its beta distribution; 0 leaves it out.
    """

    mixup: float = Field(0.0, ge=0)
    cutmix: float = Field(0.0, ge=0)


class Distillation(Strict):
    """What the dense model teaches (Hinton et al., 2015).

    ``weight`` is the share of the loss that comes from its outputs, softened by ``temperature``.
    """

    weight: float = Field(0.5, gt=0, le=1)
    temperature: float = Field(2.0, gt=0)


class Recipe(Strict):
    """How a model is trained: the dense one, or a pruned one that recovers."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(64, ge=2)
    accumulate: int = Field(1, ge=1)
    optimizer: Literal["adamw", "sgd", "rmsprop", "lamb"] = "adamw"
    learning_rate: float = Field(gt=0)
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup: float = Field(0.1, ge=0, lt=1)
    weight_decay: float = Field(0.01, ge=0)
    decay_norms: bool = False
    clip_norm: float | None = Field(None, gt=0)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    distillation: Distillation | None = None
    ema: float | None = Field(None, gt=0, lt=1)
    mix: Mix = Mix()
    augment: Augment = Augment()
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    compile: bool = False
    keep_epoch: Literal["best", "last"] = "best"

    @model_validator(mode="after")
    def _batch_divides(self) -> "Recipe":
        if self.batch_size % self.accumulate or self.batch_size < 2 * self.accumulate:
            raise ValueError(
                f"accumulate: {self.accumulate} parts do not divide batch_size {self.batch_size} "
                "into equal parts of two images or more"
            )
        if (self.mix.mixup or self.mix.cutmix) and self.batch_size // self.accumulate % 2:
            raise ValueError("mix: images are mixed in pairs, so each part of a batch must be even")
        return self


def check_shares(name: str, recipe: Recipe, processes: int) -> None:
    """Refuse a batch that would get smaller, or could not be mixed, shared by ``processes``.

    Raises ``BudamaError``.
    """
    mixed = bool(recipe.mix.mixup or recipe.mix.cutmix)
    fits = processes * recipe.accumulate * (2 if mixed else 1)
    if recipe.batch_size % fits:
        nearest = max(1, round(recipe.batch_size / fits)) * fits
        raise BudamaError(
            f"recipes.{name}: batch_size {recipe.batch_size} cannot be shared equally by "
            f"compute.processes {processes} with accumulate {recipe.accumulate}"
            f"{', in pairs because of mix' if mixed else ''}: choose a multiple of {fits}, such as "
            f"{nearest}, or another compute.processes"
        )
