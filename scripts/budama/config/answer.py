"""What is asked of a scenario's answer: the fastest of its models that is good enough."""

from pydantic import Field

from budama.config.base import Strict


class Answer(Strict):
    """How much the answer may lose against the dense model: points of top-1 accuracy.

    That it loses no more is shown on the test images, at a confidence of 95%.
    """

    lose_at_most: float = Field(1.0, ge=0, lt=100)
