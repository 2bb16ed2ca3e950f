"""One training job as one process or as several, each with a device of its own."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
import torch.distributed as dist
from timm.layers import convert_sync_batchnorm
from torch import nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class Processes:
    """A process's place among those that train one model together."""

    rank: int = 0
    number: int = 1

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    def wrap(self, network: nn.Module, device: torch.device) -> nn.Module:
        """Return ``network`` with gradients averaged over the processes; its weights are shared.

        Batch norms see the whole batch on GPUs; on CPUs torch has no such norm, and each process
        normalises by its own share.
        """
        if self.number == 1:
            return network
        if device.type == "cuda":
            network = convert_sync_batchnorm(network)
            return DistributedDataParallel(network, device_ids=[device.index])
        return DistributedDataParallel(network)

    def averaging(self, wrapped: nn.Module, wanted: bool) -> AbstractContextManager[None]:
        """Return the context of a backward pass: gradients are averaged in a step's last one."""
        if isinstance(wrapped, DistributedDataParallel) and not wanted:
            return wrapped.no_sync()
        return nullcontext()

    def total(self, values: torch.Tensor) -> torch.Tensor:
        """Return the sum of ``values`` over the processes."""
        if self.number > 1:
            dist.all_reduce(values)
        return values

    def any(self, said: bool) -> bool:
        """Return whether one of the processes says so; all of them must ask.

        They meet on the processors, so that no GPU is waited for.
        """
        return bool(self.total(torch.tensor(int(said))))

    def meet(self) -> None:
        """Wait until every process is here."""
        self.any(False)


@contextmanager
def joined(device: torch.device) -> Iterator[Processes]:
    """Join the other processes that torchrun has started; alone, there is nothing to join."""
    number = int(os.environ.get("WORLD_SIZE", "1"))
    if number == 1:
        yield Processes()
        return
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(dist.get_rank(), number)
    finally:
        dist.destroy_process_group()
