"""What a network returns, and which of it are the logits.

Many return more than a tensor: a tuple with auxiliary heads while they train, a dictionary, a
dataclass. Everything that needs the logits asks here, so that all take the same ones.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import nn

from budama.system.errors import BudamaError

LOGITS = "logits"
_MATRIX = 2  # dimensions of [batch, classes]


def logits_of(output: object) -> torch.Tensor:
    """Return the logits, ``[batch, classes]``, in what a network returned.

    A tensor is taken as it is. Of a tuple, list, dictionary or dataclass, nested or not, it is the
    tensor called ``logits``, else the first one of real floating-point numbers with two dimensions:
    auxiliary heads come after the main one. Raises ``BudamaError`` if there is none.
    """
    tensors = list(_tensors(output))
    found = _logits_among(tensors)
    if found is None:
        raise _without_logits(output, tensors)
    return found


def tensors_of(output: object) -> tuple[torch.Tensor, ...]:
    """Return the logits alone or, where a network returns none, every tensor that it does.

    Raises ``BudamaError`` if there is no tensor.
    """
    tensors = list(_tensors(output))
    if not tensors:
        raise _without_logits(output, tensors)
    found = _logits_among(tensors)
    return tuple(tensor for _, tensor in tensors) if found is None else (found,)


def returning(take: Callable[[object], Any], network: nn.Module) -> nn.Module:
    """Return a view of ``network`` that returns what ``take`` makes of its output, to be traced.

    The layers, their names and the weights are the network's own: nothing is copied, and no layer
    comes between.
    """
    view, kind = copy.copy(network), type(network)
    replaced = vars(view).pop("forward", None)  # by whoever gave this one network another forward

    def forward(self: nn.Module, images: torch.Tensor) -> Any:
        return take(replaced(images) if replaced else kind.forward(self, images))

    view.__class__ = type(kind.__name__, (kind,), {"forward": forward})
    return view


def _without_logits(output: object, tensors: list[tuple[str, torch.Tensor]]) -> BudamaError:
    return BudamaError(
        f"the network returns {_described(output, tensors)}, and no logits, [batch, classes]: let "
        "its forward return one row of numbers per image, first or under the name 'logits'"
    )


def _logits_among(tensors: list[tuple[str, torch.Tensor]]) -> torch.Tensor | None:
    matrices = [(n, t) for n, t in tensors if t.ndim == _MATRIX and t.is_floating_point()]
    named = [tensor for name, tensor in matrices if name == LOGITS]
    return next(iter(named or [tensor for _, tensor in matrices]), None)


def _tensors(output: object, name: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors in ``output`` with their own names, in order."""
    if isinstance(output, torch.Tensor):
        yield name, output
        return
    for key, value in _items(output):
        yield from _tensors(value, key)


def _items(output: object) -> Iterator[tuple[str, Any]]:
    if isinstance(output, Mapping):
        yield from ((str(key), value) for key, value in output.items())
    elif is_dataclass(output) and not isinstance(output, type):
        yield from ((field.name, getattr(output, field.name)) for field in fields(output))
    elif isinstance(output, tuple | list):
        names = getattr(output, "_fields", [""] * len(output))
        yield from zip(names, output, strict=True)


def _described(output: object, tensors: list[tuple[str, torch.Tensor]]) -> str:
    shapes = ", ".join(str(list(tensor.shape)) for _, tensor in tensors)
    if isinstance(output, torch.Tensor):
        return f"a tensor of shape {shapes} ({output.dtype})"
    kind = type(output).__name__
    return f"{kind} with tensors of shape {shapes}" if tensors else f"{kind} without tensors"
