"""Settings of the latency stage."""

from typing import Literal

from pydantic import Field

from budama.config.base import Strict


class Latency(Strict):
    """How ONNX Runtime is timed."""

    providers: list[Literal["CUDA", "CPU"]] = Field(["CUDA", "CPU"], min_length=1)
    batch_size: int = Field(1, ge=1)
    threads: int = Field(1, ge=1)
    warmup: int = Field(50, ge=1)
    runs: int = Field(300, ge=10)
    rounds: int = Field(7, ge=1)
