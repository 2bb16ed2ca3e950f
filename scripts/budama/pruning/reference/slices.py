"""Copies of a layer that hold some of its channels, each as often as asked for.

A copy runs the layer's own code. The tensors of the layer itself are never written to.
"""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn

from budama.system.errors import BudamaError

_DIVISIONS = ("num_groups", "groups")  # into how many groups a norm divides its channels


def norm_of(name: str, layer: nn.Module, channels: torch.Tensor, width: int) -> nn.Module:
    """Return ``layer``, which gives as many channels as it gets, for ``channels`` of its ``width``.

    Raises ``BudamaError`` where its groups of channels would not be equal.
    """
    small = _bare_copy(layer)
    for attribute, value in vars(layer).items():
        if attribute in _DIVISIONS and isinstance(value, int) and value > 1:
            setattr(small, attribute, len(equal_parts(name, channels, width, value)))
        elif not attribute.startswith("_"):
            setattr(small, attribute, _resized(value, width, len(channels)))
    for key, tensor, dim in _by_channel(layer, width):
        _put(small, key, tensor.index_select(dim, channels))
    return small


def silent_norm(layer: nn.Module, gone: torch.Tensor, width: int) -> nn.Module:
    """Return ``layer`` with all of its channels, and zeros in its tensors for those ``gone``."""
    silent = _bare_copy(layer)
    for key, tensor, dim in _by_channel(layer, width):
        if tensor.is_floating_point():
            _put(silent, key, tensor.index_fill(dim, gone, 0))
    return silent


def filters_of(
    layer: nn.Module, makes: Sequence[torch.Tensor], reads: Sequence[torch.Tensor]
) -> nn.Module:
    """Return a convolution or linear layer for some channels.

    ``makes`` are its output channels, and ``reads`` its input channels, for each of its groups.
    """
    weight = layer.get_parameter("weight").data
    small = _bare_copy(layer)
    rows, columns = torch.cat(list(makes)), torch.cat(list(reads))
    for key, tensor in _tensors(layer):
        if key != "weight" and tensor.ndim and len(tensor) == len(weight):
            _put(small, key, tensor[rows])
    parts = zip(makes, reads, strict=True)
    _put(small, "weight", torch.cat([weight[m][:, r % weight.shape[1]] for m, r in parts]))
    sizes = {"groups": len(makes)}
    sizes |= dict.fromkeys(("in_channels", "in_features"), len(columns))
    sizes |= dict.fromkeys(("out_channels", "out_features"), len(rows))
    for attribute in sizes.keys() & vars(layer).keys():
        setattr(small, attribute, sizes[attribute])
    return small


def silent_filters(
    layer: nn.Module, makes: Sequence[torch.Tensor], reads: Sequence[torch.Tensor]
) -> nn.Module:
    """Return the layer of ``filters_of`` with all channels, and zeros for the others."""
    weight = layer.get_parameter("weight").data
    only = torch.zeros_like(weight)
    for rows, columns in zip(makes, reads, strict=True):
        only[rows[:, None], columns % weight.shape[1]] = 1
    silent = _bare_copy(layer)
    _put(silent, "weight", weight * only)
    return silent


def equal_parts(
    name: str, channels: torch.Tensor, width: int, groups: int
) -> dict[int, torch.Tensor]:
    """Return what each of ``groups`` has of ``channels``; those that have none are left out."""
    per_group = width // groups
    parts = {g: channels[channels // per_group == g] for g in range(groups)}
    left = {group: part for group, part in parts.items() if len(part)}
    if len({len(part) for part in left.values()}) != 1:
        raise uneven(name)
    return left


def uneven(name: str) -> BudamaError:
    """Return the error for groups of channels that would not be equal."""
    return BudamaError(
        f"layer '{name}' takes its channels in groups, and these would keep different numbers of "
        "channels. Name it under 'ignore', so that it stays whole"
    )


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


def _resized(value: Any, width: int, after: int) -> Any:
    """Return an attribute of a layer of ``width`` channels as it is for ``after`` of them."""
    if isinstance(value, tuple) and width in value:
        place = value.index(width)
        return (*value[:place], after, *value[place + 1 :])
    return after if isinstance(value, int) and value == width else value
