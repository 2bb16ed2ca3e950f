"""Settings of the latency stage."""

from typing import Literal

from pydantic import Field

from budama.config.base import Strict


class Latency(Strict):
    """How ONNX Runtime is timed. ``warmup``, ``runs`` and ``seconds`` are those of each process."""

    providers: list[Literal["CUDA", "TensorRT", "OpenVINO", "CPU"]] = Field(
        ["CUDA", "CPU"], min_length=1
    )
    precisions: list[Literal["fp32", "tf32", "fp16", "int8"]] = Field(["fp32"], min_length=1)
    batch_sizes: list[int] = Field([1, 32], min_length=1)
    threads: int = Field(1, ge=1)
    processes: int = Field(7, ge=1)
    warmup: int = Field(50, ge=1)
    runs: int = Field(200, ge=10)
    seconds: float = Field(2, ge=0)
    cuda_graph: bool = False
    operators: bool = False
