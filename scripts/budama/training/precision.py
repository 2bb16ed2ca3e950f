"""Automatic mixed precision: in which format the network computes, and safe steps with it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn


class Precision:
    """``auto`` is bfloat16 on GPUs that have it, float16 on others, float32 on CPUs."""

    def __init__(self, wanted: str, device: torch.device) -> None:
        self.kind = _auto(device) if wanted == "auto" else wanted
        self._device = device.type
        # only float16 has too small a range for gradients as they are
        self._scaler = torch.amp.GradScaler(self._device, enabled=self.kind == "float16")

    def cast(self) -> AbstractContextManager[None]:
        """Return the context in which the network computes."""
        return torch.autocast(
            self._device, getattr(torch, self.kind), enabled=self.kind != "float32"
        )

    def backward(self, loss: torch.Tensor) -> None:
        """Add the gradients of ``loss``."""
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]

    def step(
        self, optimizer: torch.optim.Optimizer, network: nn.Module, clip_norm: float | None
    ) -> None:
        """Clip the gradients, step, and clear them."""
        if clip_norm is not None:
            self._scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(network.parameters(), clip_norm)
        self._scaler.step(optimizer)
        self._scaler.update()
        optimizer.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Any]:
        """Return what a run needs to go on, as JSON."""
        return dict(self._scaler.state_dict())

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what ``state`` gave."""
        if state:
            self._scaler.load_state_dict(dict(state))


def _auto(device: torch.device) -> str:
    if device.type != "cuda":
        return "float32"
    return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
