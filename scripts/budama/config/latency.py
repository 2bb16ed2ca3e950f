"""Settings of the latency stage."""

from typing import Literal

from pydantic import Field, field_validator

from budama.config.base import Strict


class Latency(Strict):
    """How ONNX Runtime is timed."""

    providers: list[Literal["CUDA", "CPU"]] = Field(["CUDA", "CPU"], min_length=1)
    batch_size: int = Field(1, ge=1)
    threads: int = Field(1, ge=1)
    warmup: int = Field(50, ge=1)
    runs: int = Field(300, ge=10)
    rounds: int = Field(7, ge=1)
    precisions: list[Literal["fp32", "tf32", "fp16", "int8"]] = ["fp32"]

    @field_validator("precisions")
    @classmethod
    def _each_once_and_fp32(cls, value: list[str]) -> list[str]:
        if "fp32" not in value or len(set(value)) < len(value):
            raise ValueError("name each precision once, and fp32, which the others are made from")
        return value
