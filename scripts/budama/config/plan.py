"""What ``snakemake plan`` is told of another machine."""

from pydantic import Field

from budama.config.base import Strict


class Plan(Strict):
    """What is sustained there, where it should not be measured here, and how many jobs run at once.

    ``tflops`` are floating-point operations, two per multiply-accumulate; ``images_per_second`` are
    loaded by one job. No part of any result.
    """

    tflops: float | None = Field(None, gt=0)
    images_per_second: float | None = Field(None, gt=0)
    jobs: int | None = Field(None, ge=1)
