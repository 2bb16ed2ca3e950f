"""Settings of the latency stage."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from budama.config.base import Strict

Provider = Literal["CUDA", "TensorRT", "OpenVINO", "CPU"]
# Both stand in the name of a file
LARGEST_BATCH = 65536
MOST_THREADS = 4096
Precision = Literal["fp32", "tf32", "fp16", "int8"]


class Latency(Strict):
    """How ONNX Runtime is timed. ``warmup``, ``runs`` and ``seconds`` are those of each process.

    The first precision with the first batch size is the headline.
    """

    skip: bool = False
    providers: list[Provider] = Field(["CUDA", "CPU"], min_length=1)
    precisions: list[Precision] = ["fp32"]
    batch_sizes: list[Annotated[int, Field(ge=1, le=LARGEST_BATCH)]] = Field([1, 32], min_length=1)
    threads: int = Field(1, ge=1, le=MOST_THREADS)
    processes: int = Field(7, ge=1)
    warmup: int = Field(50, ge=1)
    runs: int = Field(200, ge=1)
    seconds: float = Field(2, ge=0)
    cuda_graph: bool = False
    operators: bool = False

    @property
    def headline(self) -> "Latency":
        """What a cut to a budget in latency depends on: the first batch size, in fp32."""
        own = {"batch_sizes": self.batch_sizes[:1], "precisions": ["fp32"], "operators": False}
        return self.model_copy(update=own)

    @property
    def setting(self) -> str:
        """The headline's device setting as a word of a path: ``cuda-cpu-batch1-threads1``."""
        providers = "-".join(self.providers).lower()
        graph = "-graph" if self.cuda_graph else ""
        return f"{providers}-batch{self.batch_sizes[0]}-threads{self.threads}{graph}"

    @field_validator("providers", "batch_sizes")
    @classmethod
    def _each_once(cls, value: list[Any]) -> list[Any]:
        if len(set(value)) < len(value):
            raise ValueError("name each once")
        return value

    @field_validator("precisions")
    @classmethod
    def _fp32_first(cls, value: list[str]) -> list[str]:
        if value[:1] != ["fp32"] or len(set(value)) < len(value):
            raise ValueError("begin with fp32, which the others are made from, and name each once")
        return value
