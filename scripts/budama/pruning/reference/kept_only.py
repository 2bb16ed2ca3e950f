"""A layer's own code on some of its channels: the others are no part of what it computes.

A layer norm's mean, a weight-standardised filter and the like look at all channels, silent ones
too. Here they see the kept ones alone, which stay where they are: the others are zero.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_map

from budama.system.errors import BudamaError

_DIVISIONS = ("num_groups", "groups")  # into how many groups a norm divides its channels
_SECOND = (nn.GroupNorm, nn.modules.batchnorm._NormBase, nn.PReLU)  # channels come second
_MUCH = 1e3  # for what an activation behind the norm would swallow


def norm_on(name: str, layer: nn.Module, kept: torch.Tensor, width: int) -> None:
    """Let ``layer`` compute the channels ``kept`` of its ``width`` from these alone, in place.

    For layers that give as many channels as they get: norms of any make. Raises ``BudamaError``
    where its groups of channels would not be equal.
    """
    small = _bare_copy(layer)
    for attribute, value in vars(layer).items():
        if attribute in _DIVISIONS and isinstance(value, int) and value > 1:
            setattr(small, attribute, len(_equal_parts(name, kept, width, value)))
        elif not attribute.startswith("_"):
            setattr(small, attribute, _narrowed(value, width, len(kept)))
    for key, tensor, dim in _by_channel(layer, width):
        _put(small, key, tensor.index_select(dim, kept))
    dense = layer.forward

    def forward(hidden: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        axis = _axis(name, layer, hidden, width, lambda: dense(hidden, *args, **kwargs))
        args, kwargs = tree_map(lambda value: _taken(value, hidden, axis, kept), (args, kwargs))
        found = small.forward(hidden.index_select(axis, kept), *args, **kwargs)
        return _spread(found, axis, kept, width)

    layer.forward = forward


def filters_on(
    name: str, layer: nn.Module, inputs: torch.Tensor, outputs: torch.Tensor, axis: int
) -> None:
    """Let ``layer`` compute its channels ``outputs`` from its ``inputs`` alone, in place.

    For convolutions and linear layers with code of their own, which may make their filters from all
    weights. ``axis`` is that of the channels. Raises ``BudamaError`` where the groups of a grouped
    convolution would not be equal.
    """
    weight = layer.weight
    assert isinstance(weight, torch.Tensor)
    groups = int(getattr(layer, "groups", 1))
    width, per_group = len(weight), weight.shape[1]
    by_group = _equal_parts(name, outputs, width, groups)
    reads = [inputs[inputs // per_group == group] for group in by_group]
    if len({len(part) for part in reads}) != 1 or not len(reads[0]):
        raise _uneven(name)
    small = _bare_copy(layer)
    rows = torch.cat(list(by_group.values()))
    for key, tensor in _tensors(layer):
        if key != "weight" and tensor.ndim and len(tensor) == width:
            _put(small, key, tensor[rows])
    parts = zip(by_group.values(), reads, strict=True)
    _put(small, "weight", torch.cat([weight.data[out][:, read % per_group] for out, read in parts]))
    columns = torch.cat(reads)
    sizes = {"groups": len(by_group)}
    sizes |= dict.fromkeys(("in_channels", "in_features"), len(columns))
    sizes |= dict.fromkeys(("out_channels", "out_features"), len(rows))
    for attribute in sizes.keys() & vars(layer).keys():
        setattr(small, attribute, sizes[attribute])

    def forward(hidden: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        found = small.forward(hidden.index_select(axis, columns), *args, **kwargs)
        return _spread(found, axis, rows, width)

    layer.forward = forward


def _bare_copy(layer: nn.Module) -> nn.Module:
    """Return a copy whose own tensors can be replaced without those of ``layer``."""
    small = copy.copy(layer)
    for registry in ("_parameters", "_buffers"):
        object.__setattr__(small, registry, dict(getattr(layer, registry)))
    return small


def _put(layer: nn.Module, key: str, tensor: torch.Tensor) -> None:
    if key in layer._parameters:
        layer._parameters[key] = nn.Parameter(tensor, requires_grad=False)
    else:
        layer._buffers[key] = tensor


def _tensors(layer: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    yield from ((key, tensor.data) for key, tensor in layer.named_parameters(recurse=False))
    yield from layer.named_buffers(recurse=False)


def _by_channel(layer: nn.Module, width: int) -> Iterator[tuple[str, torch.Tensor, int]]:
    """Yield those tensors of ``layer`` that have a value per channel, and their dimension of it."""
    for key, tensor in _tensors(layer):
        if width in tensor.shape:
            yield key, tensor, list(tensor.shape).index(width)


def _narrowed(value: Any, width: int, kept: int) -> Any:
    """Return an attribute of a layer for ``kept`` of its ``width`` channels."""
    if isinstance(value, tuple) and width in value:
        place = value.index(width)
        return (*value[:place], kept, *value[place + 1 :])
    return kept if isinstance(value, int) and value == width else value


def _equal_parts(name: str, kept: torch.Tensor, width: int, groups: int) -> dict[int, torch.Tensor]:
    """Return what each of ``groups`` keeps; those that keep nothing are left out."""
    per_group = width // groups
    parts = {g: kept[kept // per_group == g] for g in range(groups)}
    left = {group: part for group, part in parts.items() if len(part)}
    if len({len(part) for part in left.values()}) != 1:
        raise _uneven(name)
    return left


def _uneven(name: str) -> BudamaError:
    return BudamaError(
        f"layer '{name}' takes its channels in groups, and these would keep different numbers of "
        "channels. Name it under 'ignore', so that it stays whole"
    )


def _axis(
    name: str, layer: nn.Module, hidden: torch.Tensor, width: int, run: Callable[[], torch.Tensor]
) -> int:
    """Return which axis of ``hidden`` holds the channels that ``layer`` norms."""
    if type(layer).forward in (nn.LayerNorm.forward, nn.RMSNorm.forward):
        shape = list(layer.normalized_shape)  # type: ignore[arg-type]
        return hidden.ndim - len(shape) + shape.index(width)
    candidates = [axis for axis in range(hidden.ndim) if hidden.shape[axis] == width]
    if not candidates:
        raise BudamaError(
            f"layer '{name}' has {width} channels, and what it reads has the shape "
            f"{list(hidden.shape)}. Name it under 'ignore', so that it stays whole"
        )
    if isinstance(layer, _SECOND) and 1 in candidates:
        return 1
    return candidates[0] if len(candidates) == 1 else _tried(layer, candidates, width, run)


def _tried(
    layer: nn.Module, candidates: list[int], width: int, run: Callable[[], torch.Tensor]
) -> int:
    """Return along which axis a change of one channel's parameters stays in its place."""
    for _, tensor, dim in _by_channel(layer, width):
        whole, before = tensor.clone(), run()
        tensor.select(dim, 0).add_(_MUCH)
        moved = run() != before
        tensor.copy_(whole)
        for axis in candidates:
            if moved.any() and not moved.narrow(axis, 1, width - 1).any():
                return axis
    return candidates[-1]


def _taken(value: Any, like: torch.Tensor, axis: int, kept: torch.Tensor) -> Any:
    """Return the kept channels of another input that has as many."""
    if not isinstance(value, torch.Tensor) or value.ndim != like.ndim:
        return value
    return value.index_select(axis, kept) if value.shape[axis] == like.shape[axis] else value


def _spread(found: torch.Tensor, axis: int, kept: torch.Tensor, width: int) -> torch.Tensor:
    """Return ``found`` with its channels at the places ``kept`` of ``width``, zero elsewhere."""
    shape = list(found.shape)
    shape[axis] = width
    return found.new_zeros(shape).index_copy(axis, kept, found)
