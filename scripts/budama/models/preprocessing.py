"""How an image becomes a model's input."""

from pydantic import Field

from budama.config.base import Strict

LARGEST = 4096


class Input(Strict):
    """The preprocessing of a model, kept with it.

    ``size`` is the side of the square input in pixels; ``crop`` the share of the resized image's
    shorter side that the central crop keeps; ``mean`` and ``std`` are per RGB channel, of values in
    [0, 1].
    """

    size: int = Field(ge=1, le=LARGEST)
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: str
    crop: float = Field(gt=0)
