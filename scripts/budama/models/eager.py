"""The layers behind a network that was compiled: what can be followed, cut and stored."""

from typing import Any

import torch
from torch import nn

from budama.system.errors import BudamaError


def eager(network: Any) -> nn.Module:
    """Return ``network``, or what ``torch.compile`` made it from.

    Raises ``BudamaError`` if it is no network, or it or a layer of it is scripted.
    """
    if not isinstance(network, nn.Module):
        kind = type(network).__name__
        raise BudamaError(f"the network must be a torch.nn.Module, and is of the type {kind}")
    inner = getattr(network, "_orig_mod", None)  # torch has no public way to ask
    found = inner if isinstance(inner, nn.Module) else network
    for name, layer in found.named_modules():
        if isinstance(layer, torch.jit.ScriptModule):
            which = f"layer '{name}' is scripted: " if name else ""
            what = "layer" if name else "network"
            raise BudamaError(
                f"{which}a scripted {what}'s code cannot be followed: give the module that it was "
                "made from"
            )
    return found
