"""The clock of the benchmarks."""

import time
from collections.abc import Callable
from typing import Any

import torch


def seconds(candidate: Callable[[], Any], device: torch.device) -> float:
    """Time one call, with the device's queue empty before and after."""
    _wait(device)
    start = time.perf_counter()
    candidate()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
