"""Where the work runs, and that the same seed gives the same figures there.

Imports torch only where it is set up: stages that need threads alone do without.
"""

import os
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from budama.system.errors import BudamaError

if TYPE_CHECKING:
    import torch
    from torch import nn

# cuBLAS is deterministic only with this, read when CUDA starts.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


@dataclass(frozen=True)
class Execution:
    """The device (``auto`` takes a GPU if there is one), CPU threads and loader processes."""

    device: str = "auto"
    threads: int = 1
    workers: int = 0

    @classmethod
    def options(cls, parser: ArgumentParser) -> None:
        """Add an option for each field."""
        parser.add_argument("--device", default=cls.device)
        parser.add_argument("--threads", type=int, default=cls.threads)
        parser.add_argument("--workers", type=int, default=cls.workers)

    @classmethod
    def of(cls, arguments: Namespace) -> "Execution":
        """Return what the options say."""
        return cls(arguments.device, arguments.threads, arguments.workers)

    def prepare(self, seed: int = 0) -> "torch.device":
        """Set up the device and return it; on a CPU, results are then the same every time.

        Raises ``BudamaError`` if a GPU is wanted and there is none.
        """
        import torch
        from timm.utils import random_seed

        found = torch.cuda.is_available()
        place = int(os.environ.get("LOCAL_RANK", "0"))
        if self.device == "cuda" and not found:
            raise BudamaError("device 'cuda' is wanted, but torch sees no GPU; use 'auto' or 'cpu'")
        target = torch.device("cpu")
        if found and self.device != "cpu":
            target = torch.device("cuda", place)  # of several processes, each has its own
            torch.cuda.set_device(target)
        torch.set_num_threads(self.threads)
        random_seed(seed)  # of torch, numpy and Python: augmentations draw from all three
        torch.use_deterministic_algorithms(True, warn_only=target.type == "cuda")
        # that would also fill memory that is about to be written
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        return target


def without_tf32() -> None:
    """Let a GPU compute in float32 what is float32: TensorFloat-32 keeps 10 of its 23 bits."""
    import torch

    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def to_device(network: "nn.Module", device: "torch.device") -> None:
    """Move ``network`` in place, its weights channels-last, which convolutions are fastest with."""
    import torch

    network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
