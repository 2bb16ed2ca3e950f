"""What normalisations do to labels: each of their parameters belongs to a channel that they read.

A norm over channels (layer, group) keeps the labels: over how many it averages changes with a cut,
in the reference of the check as well. Groups of a group norm stay equal.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch

from budama.pruning.trace.labels import along, compact
from budama.pruning.trace.tracer import Tracer, tensors_in


def _batch_norm(tracer: Tracer, _func: Any, args: Any, _kwargs: Any, given: Any) -> None:
    normalise(tracer, args[0], args[1:5], tensors_in(given), first=1)


def _layer_norm(tracer: Tracer, _func: Any, args: Any, _kwargs: Any, given: Any) -> None:
    first = args[0].ndim - len(args[1])
    normalise(tracer, args[0], args[2:4], tensors_in(given), first)


def _group_norm(tracer: Tracer, _func: Any, args: Any, _kwargs: Any, given: Any) -> None:
    channels, groups = args[4], args[6]
    labels = tracer.hard(args[0])
    if labels is not None and 1 < groups < channels:
        by_group = along(labels, 1).view(groups, -1)
        tracer.labels.tie(by_group[:1], by_group)
    normalise(tracer, args[0], args[1:3], tensors_in(given), first=1)


def _rms_norm(tracer: Tracer, _func: Any, args: Any, _kwargs: Any, given: Any) -> None:
    first = args[0].ndim - len(args[1])
    normalise(tracer, args[0], args[2:3], tensors_in(given), first)


def normalise(
    tracer: Tracer,
    source: torch.Tensor,
    parameters: Iterable[Any],
    targets: Iterable[torch.Tensor],
    first: int,
) -> None:
    """Hand the labels of ``source`` on, and share them with ``parameters``.

    The first axis of the parameters belongs to the axis ``first`` of ``source``.
    """
    marks = tracer.marks_of(source)
    labels = tracer.hard(source)
    axes = tracer.labels.varying(labels) if labels is not None else []
    for parameter in parameters:
        for free in tracer.free(parameter):
            own = axes[0] - first if axes else -1
            if marks is not None and marks.free:  # a weight standardisation with a gain
                _meet_free(tracer, free, marks.layers, first)
            elif labels is not None and 0 <= own < free.ndim and free.stride(own):
                tracer.labels.same(along(free, own), along(labels, axes[0]))
            else:
                tracer.labels.keep(compact(free))
    if marks is not None:
        for target in targets:
            if target.shape == source.shape:
                tracer.mark(target, *marks.layers, free=marks.free)


def _meet_free(
    tracer: Tracer, parameter: torch.Tensor, source: Iterable[torch.Tensor], first: int
) -> None:
    for axis in range(parameter.ndim):
        for labels in source:
            if parameter.stride(axis) and labels.stride(axis + first):
                tracer.labels.same(along(parameter, axis), along(labels, axis + first))


NORMS: list[tuple[set[str], Callable[..., None]]] = [
    (
        {
            *("native_batch_norm", "cudnn_batch_norm", "_native_batch_norm_legit_no_training"),
            *("_native_batch_norm_legit", "batch_norm", "_batch_norm_with_update"),
            "_batch_norm_no_update",
        },
        _batch_norm,
    ),
    ({"native_layer_norm", "layer_norm"}, _layer_norm),
    ({"native_group_norm", "group_norm"}, _group_norm),
    ({"_fused_rms_norm", "rms_norm"}, _rms_norm),
]
