"""A layer's own code on some of its channels: the others are no part of what it computes.

A layer norm's mean, a weight-standardised filter and the like look at all channels, silent ones
too. Here they see the kept ones alone, which stay where they are: the others are zero. Code of no
library that does not show that it takes such averages sees all of its channels, and zeros for those
that go: what it computes from their number is what the dense network does.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_map

from budama.pruning.reference.averages import averages, known, same_sums
from budama.pruning.reference.slices import (
    equal_parts,
    filters_of,
    norm_of,
    silent_filters,
    silent_norm,
    uneven,
)
from budama.system.errors import BudamaError

_SECOND = (nn.GroupNorm, nn.modules.batchnorm._NormBase, nn.PReLU)  # channels come second
_Step = Callable[[torch.Tensor], torch.Tensor]


def norm_on(name: str, layer: nn.Module, kept: torch.Tensor, width: int) -> None:
    """Let ``layer`` compute the channels ``kept`` of its ``width`` from these alone, in place.

    For layers that give as many channels as they get: norms of any make, scales, gates. Raises
    ``BudamaError`` where its groups of channels would not be equal.
    """
    each_twice, gone = kept.repeat_interleave(2), _others(kept, width)
    small = norm_of(name, layer, kept, width)
    doubled = norm_of(name, layer, each_twice, width)
    silent = silent_norm(layer, gone, width)
    dense = layer.forward

    def forward(hidden: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        def of(code: Callable[..., torch.Tensor], axis: int, change: _Step) -> torch.Tensor:
            """Run ``code`` on what was done to all inputs that have the channels."""
            given = tree_map(lambda x: change(x) if _like(x, hidden, axis) else x, (args, kwargs))
            return code(change(hidden), *given[0], **given[1])

        def taken(
            code: Callable[..., torch.Tensor], axis: int, which: torch.Tensor
        ) -> torch.Tensor:
            return of(code, axis, lambda x: x.index_select(axis, which))

        all_twice = torch.arange(width).repeat(2)
        axis = _axis(name, layer, hidden, width, lambda axis: taken(dense, axis, all_twice))
        if known(layer) or averages(
            lambda: taken(small.forward, axis, kept).repeat_interleave(2, axis),
            lambda: taken(doubled.forward, axis, each_twice),
        ):
            return _spread(taken(small.forward, axis, kept), axis, kept, width)
        found = of(silent.forward, axis, lambda x: x.index_fill(axis, gone, 0))
        return found.index_fill(axis, gone, 0)

    layer.forward = forward


def filters_on(
    name: str, layer: nn.Module, inputs: torch.Tensor, outputs: torch.Tensor, axis: int
) -> None:
    """Let ``layer`` compute its channels ``outputs`` from its ``inputs`` alone, in place.

    For convolutions and linear layers with code of their own, which may make their filters from all
    weights. ``axis`` is that of the channels. Raises ``BudamaError`` where the groups of a grouped
    convolution would not be equal.
    """
    weight = layer.get_parameter("weight")
    groups = int(getattr(layer, "groups", 1))
    width, per_group = len(weight), weight.shape[1]
    by_group = equal_parts(name, outputs, width, groups)
    makes = list(by_group.values())
    reads = [inputs[inputs // per_group == group] for group in by_group]
    if len({len(part) for part in reads}) != 1 or not len(reads[0]):
        raise uneven(name)
    rows, columns = torch.cat(makes), torch.cat(reads)
    gone, unread = _others(outputs, width), _others(columns, per_group * groups)
    silent = silent_filters(layer, makes, reads)

    def runner(makes: list[torch.Tensor], reads: list[torch.Tensor]) -> Callable[..., torch.Tensor]:
        code, which = filters_of(layer, makes, reads), torch.cat(reads)
        return lambda images, *args, **kwargs: code.forward(
            images.index_select(axis, which), *args, **kwargs
        )

    once = runner(makes, reads)
    wide, more = runner(makes, _each_twice(reads)), runner(_each_twice(makes), reads)
    again = runner(makes * 2, reads * 2) if groups > 1 else None

    def forward(hidden: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        def given(code: Callable[..., torch.Tensor]) -> _Step:
            return lambda images: code(images, *args, **kwargs)

        if known(layer) or (
            same_sums(given(once), given(wide), hidden, times=2)
            and same_sums(_repeated(given(once), axis), given(more), hidden)
            and (again is None or same_sums(_tiled(given(once), axis), given(again), hidden))
        ):
            return _spread(given(once)(hidden), axis, rows, width)
        return given(silent.forward)(hidden.index_fill(axis, unread, 0)).index_fill(axis, gone, 0)

    layer.forward = forward


def _each_twice(parts: list[torch.Tensor]) -> list[torch.Tensor]:
    return [part.repeat_interleave(2) for part in parts]


def _repeated(code: _Step, axis: int) -> _Step:
    """Return ``code`` with each of its channels twice, one after the other."""
    return lambda images: code(images).repeat_interleave(2, axis)


def _tiled(code: _Step, axis: int) -> _Step:
    """Return ``code`` with all of its channels twice."""
    return lambda images: torch.cat([code(images)] * 2, axis)


def _others(kept: torch.Tensor, width: int) -> torch.Tensor:
    every = torch.arange(width)
    return every[~torch.isin(every, kept)]


def _axis(
    name: str,
    layer: nn.Module,
    hidden: torch.Tensor,
    width: int,
    doubled: Callable[[int], torch.Tensor],
) -> int:
    """Return which axis of ``hidden`` holds the channels of ``layer``.

    Where its type does not tell, and several have their size: the one that cannot be ``doubled``.
    """
    if type(layer).forward in (nn.LayerNorm.forward, nn.RMSNorm.forward):
        shape = list(layer.normalized_shape)  # type: ignore[arg-type]
        return hidden.ndim - len(shape) + shape.index(width)
    candidates = [axis for axis in range(hidden.ndim) if hidden.shape[axis] == width]
    if isinstance(layer, _SECOND) and 1 in candidates:
        return 1
    if len(candidates) > 1:
        candidates = [axis for axis in candidates if not _runs(doubled, axis)]
    if len(candidates) != 1:
        raise BudamaError(
            f"layer '{name}' has {width} channels, and what it reads has the shape "
            f"{list(hidden.shape)}: its channels are not found there. Name it under 'ignore', so "
            "that it stays whole"
        )
    return candidates[0]


def _runs(doubled: Callable[[int], torch.Tensor], axis: int) -> bool:
    try:
        doubled(axis)
    except Exception:  # whatever the layer's own code raises
        return False
    return True


def _like(value: Any, hidden: torch.Tensor, axis: int) -> bool:
    """Whether ``value`` is another input that has as many channels."""
    return (
        isinstance(value, torch.Tensor)
        and value.ndim == hidden.ndim
        and value.shape[axis] == hidden.shape[axis]
    )


def _spread(found: torch.Tensor, axis: int, kept: torch.Tensor, width: int) -> torch.Tensor:
    """Return ``found`` with its channels at the places ``kept`` of ``width``, zero elsewhere."""
    shape = list(found.shape)
    shape[axis] = width
    return found.new_zeros(shape).index_copy(axis, kept, found)
