"""What convolutions and matrix products do to labels.

A layer with filters reads the channels of its input on one axis of its weight and makes fresh ones
on another. A product of two activations, as in attention, reads channels of both: these go
together.
"""

from collections.abc import Callable
from typing import Any

import torch

from budama.pruning.trace.labels import along, compact, differs
from budama.pruning.trace.tracer import Tracer

_aten = torch.ops.aten


def _convolution(tracer: Tracer, func: Any, args: Any, _kwargs: Any, given: Any) -> None:
    source, weight, bias = args[:3]
    transposed, groups = bool(args[6]), int(args[8])
    labels = tracer.hard(source)
    outputs, inputs = (1, 0) if transposed else (0, 1)
    made = _on(tracer, weight, outputs)
    read = _on(tracer, weight, inputs)
    spatial = range(2, source.ndim)
    if labels is not None and any(axis in tracer.labels.varying(labels) for axis in spatial):
        tracer.keep(source)  # a convolution over channels, as in an efficient channel attention
        labels = None
    channels = along(labels, 1) if labels is not None else None
    width = given.shape[1]
    depthwise = groups > 1 and groups == source.shape[1] and not transposed
    if made is None and depthwise and channels is not None and tracer.free(weight):
        made = channels.repeat_interleave(width // groups)  # one filter for all channels
    if made is None or (transposed and groups > 1):
        for tensor in (source, weight, bias):
            tracer.keep(tensor)
        return
    if depthwise:
        # depthwise: what comes out are the channels that go in, perhaps several times
        if channels is None:
            tracer.labels.keep(made)
        else:
            tracer.labels.same(made, channels.repeat_interleave(width // groups))
    else:
        _read(tracer, made, channels, read, groups)
        if groups > 1:
            by_group = made.view(groups, -1)
            tracer.labels.tie(by_group[:1], by_group)
        _note_maker(tracer, made)
    if bias is not None:
        for free in tracer.free(bias):
            tracer.labels.same(along(free, 0), made)
        if not tracer.free(bias):
            tracer.labels.keep(made)
    shape = [1, -1, *(1 for _ in spatial)]
    tracer.mark(given, made.view(shape).expand(given.shape))


def _read(
    tracer: Tracer,
    made: torch.Tensor,
    channels: torch.Tensor | None,
    read: torch.Tensor | None,
    groups: int,
) -> None:
    """Couple the channels of a convolution's input with the axis of its weight."""
    if channels is None or read is None:
        for labels in (channels, read):
            if labels is not None:
                tracer.labels.keep(labels)
        return
    if groups == 1:
        tracer.labels.same(read, channels)
        return
    # each group reads its own channels with the same axis: as many must be left of each
    by_group = channels.view(groups, -1)
    tracer.labels.tie(by_group, read[None])
    tracer.trace.reads[int(made[0])] = channels


def _on(tracer: Tracer, weight: torch.Tensor, axis: int) -> torch.Tensor | None:
    """Return the labels of what was made of a parameter along ``axis``."""
    found = [x for x in tracer.free(weight) if x.stride(axis) and weight.shape[axis] > 1]
    if found:
        return along(found[0], axis)
    if tracer.hard(weight) is not None:
        tracer.keep(weight)  # filters that depend on the image
    if tracer.free(weight) and weight.shape[axis] == 1:
        return torch.zeros(1, dtype=torch.int64)
    return None


def _note_maker(tracer: Tracer, made: torch.Tensor) -> None:
    """Note that a weight makes the channels ``made``; whose it is shows when the trace is over."""
    tracer.trace.makers.append(made)


def _linear(tracer: Tracer, _func: Any, args: Any, _kwargs: Any, given: Any) -> None:
    _product(tracer, args[0], args[1].t(), given)
    _add_bias(tracer, args[2] if len(args) > 2 else None, given)  # noqa: PLR2004


def _addmm(tracer: Tracer, _func: Any, args: Any, _kwargs: Any, given: Any) -> None:
    _product(tracer, args[1], args[2], given)
    _add_bias(tracer, args[0], given)


def _mm(tracer: Tracer, _func: Any, args: Any, _kwargs: Any, given: Any) -> None:
    _product(tracer, args[0], args[1], given)


def _add_bias(tracer: Tracer, bias: torch.Tensor | None, given: torch.Tensor) -> None:
    if bias is None:
        return
    from budama.pruning.trace.operations import meet

    if tracer.marks_of(given) is None:
        tracer.keep(bias)
        return
    layers, free = meet(tracer, [given, bias], given.shape)
    tracer.mark(given, *layers, free=free)


def _product(tracer: Tracer, one: torch.Tensor, other: torch.Tensor, given: torch.Tensor) -> None:
    """``one`` ``[..., m, k]`` times ``other`` ``[..., k, n]``."""
    weights = bool(tracer.free(one)), bool(tracer.free(other))
    if all(weights):
        for tensor in (one, other):
            tracer.keep(tensor)
    elif weights[1]:
        _times_weight(tracer, one, other, given, channels=one.ndim - 1, read=-2, made=-1)
    elif weights[0]:
        _times_weight(tracer, other, one, given, channels=other.ndim - 2, read=-1, made=-2)
    else:
        _product_of_activations(tracer, one, other, given)


def _times_weight(
    tracer: Tracer,
    source: torch.Tensor,
    weight: torch.Tensor,
    given: torch.Tensor,
    *,
    channels: int,
    read: int,
    made: int,
) -> None:
    """Follow a linear layer: ``source`` is summed on ``channels`` with the weight's ``read``."""
    labels = tracer.hard(source)
    varying = tracer.labels.varying(labels) if labels is not None else []
    reads, makes = _on(tracer, weight, read), _on(tracer, weight, made)
    if labels is not None and varying and varying != [channels]:
        # it mixes positions (or several heads): the channels go through it
        for found in (reads, makes):
            if found is not None:
                tracer.labels.keep(found)
        if channels in varying or weight.ndim > 2:  # noqa: PLR2004
            tracer.keep(source)
            return
        passed = labels.narrow(channels, 0, 1)
        tracer.mark(given, passed.expand(given.shape))
        return
    along_source = along(labels, channels) if labels is not None else None
    if along_source is None or reads is None:
        for found in (along_source, reads):
            if found is not None:
                tracer.labels.keep(found)
    else:
        tracer.labels.same(reads, along_source)
    if makes is None:
        return
    _note_maker(tracer, makes)
    shape = [1] * given.ndim
    shape[made] = -1
    tracer.mark(given, makes.view(shape).expand(given.shape))


def _product_of_activations(
    tracer: Tracer, one: torch.Tensor, other: torch.Tensor, given: torch.Tensor
) -> None:
    left, right = tracer.hard(one), tracer.hard(other)
    for labels in (left, right):
        if labels is not None:
            tracer.trace.in_attention.append(torch.unique(compact(labels)))
    passed_left = _contracted(tracer, left, -1)
    passed_right = _contracted(tracer, right, -2)
    if left is not None and right is not None and _varies(tracer, left, -1):
        if _varies(tracer, right, -2):
            tracer.labels.tie(compact(left.transpose(-1, -2)[..., :1]), compact(right[..., :1]))
        else:
            tracer.keep(one)
    elif left is not None and _varies(tracer, left, -1):
        tracer.keep(one)
    if (
        right is not None
        and _varies(tracer, right, -2)
        and (left is None or not _varies(tracer, left, -1))
    ):
        tracer.keep(other)
    if passed_left is not None and passed_right is not None:
        a, b = passed_left.expand(given.shape), passed_right.expand(given.shape)
        if tracer.labels.varying(a) != tracer.labels.varying(b):
            tracer.keep(one)
            tracer.keep(other)
            return
        tracer.labels.tie(compact(a), compact(b))
        tracer.mark(given, b if _fine(b, -1) else a)
    elif passed_left is not None or passed_right is not None:
        passed = passed_left if passed_left is not None else passed_right
        assert passed is not None
        tracer.mark(given, passed.expand(given.shape))


def _fine(labels: torch.Tensor, axis: int) -> bool:
    return differs(labels, axis % labels.ndim)


def _varies(tracer: Tracer, labels: torch.Tensor, axis: int) -> bool:
    return axis % labels.ndim in tracer.labels.varying(labels)


def _contracted(tracer: Tracer, labels: torch.Tensor | None, axis: int) -> torch.Tensor | None:
    """Return the labels that are left of a factor when ``axis`` is summed over, if any."""
    if labels is None:
        return None
    varying = tracer.labels.varying(labels)
    if not varying or axis % labels.ndim in varying:
        return None
    return labels.narrow(axis, 0, 1)


def _baddbmm(tracer: Tracer, _func: Any, args: Any, _kwargs: Any, given: Any) -> None:
    _product(tracer, args[1], args[2], given)
    _add_bias(tracer, args[0], given)


PRODUCTS: list[tuple[set[str], Callable[..., None]]] = [
    ({"convolution", "_convolution", "mkldnn_convolution", "cudnn_convolution"}, _convolution),
    ({"linear"}, _linear),
    ({"addmm"}, _addmm),
    ({"mm", "bmm", "matmul"}, _mm),
    ({"baddbmm"}, _baddbmm),
]
