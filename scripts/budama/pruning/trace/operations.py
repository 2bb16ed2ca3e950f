"""What operations do to labels, by kinds of operations.

Operations that move values about (views, permutations, splits, concatenations, shifts, gathers) are
run on the labels themselves. Element-wise ones make the channels of their inputs the same; pooling
keeps them; reductions over channels tie them; products are in ``products``, norms in ``norms``.
What is not known keeps all its inputs whole.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from budama.pruning.trace.labels import along, compact, expanded
from budama.pruning.trace.norms import NORMS
from budama.pruning.trace.products import PRODUCTS
from budama.pruning.trace.tracer import Tracer, tensors_in

_aten = torch.ops.aten
_UNCHANGED = {
    *("clone", "alias", "detach", "detach_", "lift_fresh", "lift", "_to_copy", "contiguous"),
    *("native_dropout", "alpha_dropout", "feature_dropout", "dropout"),
}
_MOVES = {
    *("view", "_unsafe_view", "reshape", "_reshape_alias", "permute", "transpose", "t", "squeeze"),
    *("unsqueeze", "expand", "slice", "select", "split", "split_with_sizes", "chunk", "unbind"),
    *("roll", "flip", "index", "index_select", "repeat", "pixel_shuffle", "pixel_unshuffle"),
    *("im2col", "unfold", "diagonal", "channel_shuffle", "native_channel_shuffle", "rot90"),
    *("repeat_interleave", "reflection_pad1d", "reflection_pad2d", "replication_pad2d", "narrow"),
}
_SHUFFLES = {"channel_shuffle", "native_channel_shuffle"}
# Where a size may be one that the network's code has stored
_SIZED = {"view", "_unsafe_view", "reshape", "expand", "split", "split_with_sizes", "slice"}
# Element-wise operations that lack PyTorch's tag for them
_ELEMENTWISE = {
    *("hardswish", "hardswish_", "hardsigmoid_", "hardtanh_", "leaky_relu_", "elu_", "celu_"),
    *("_prelu_kernel", "where", "lerp", "lerp_", "mish", "mish_", "silu_", "relu6", "copy_"),
    *("rrelu", "log_sigmoid_forward", "softplus", "gelu", "bernoulli", "zeros_like", "ones_like"),
    *("empty_like", "rand_like", "full_like", "zero_", "fill_", "masked_fill", "masked_fill_"),
    *("bernoulli_", "uniform_", "normal_", "exponential_", "randn_like"),
}
_REDUCTIONS = {
    *("mean", "sum", "amax", "amin", "var", "std", "var_mean", "std_mean", "linalg_vector_norm"),
    *("norm", "prod", "logsumexp", "argmax", "argmin", "max", "min", "any", "all", "cumsum"),
    *("softmax", "_softmax", "_safe_softmax", "_log_softmax", "log_softmax"),
}
_OF_SAME_SHAPE = {"softmax", "_softmax", "_safe_softmax", "_log_softmax", "log_softmax", "cumsum"}
_POOLING = {
    **dict.fromkeys(("avg_pool1d", "adaptive_avg_pool1d", "upsample_linear1d"), 1),
    **dict.fromkeys(("upsample_nearest1d", "max_pool1d", "adaptive_max_pool1d"), 1),
    **dict.fromkeys(("avg_pool2d", "max_pool2d_with_indices", "max_pool2d", "lp_pool2d"), 2),
    **dict.fromkeys(("_adaptive_avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d"), 2),
    **dict.fromkeys(("upsample_nearest2d", "upsample_bilinear2d", "upsample_bicubic2d"), 2),
    **dict.fromkeys(("_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa"), 2),
    **dict.fromkeys(("_upsample_nearest_exact2d", "grid_sampler_2d", "fractional_max_pool2d"), 2),
    **dict.fromkeys(("avg_pool3d", "max_pool3d_with_indices", "_adaptive_avg_pool3d"), 3),
    **dict.fromkeys(("upsample_nearest3d", "upsample_trilinear3d"), 3),
}
# No value goes from their inputs to what they give
_OF_NOTHING = {"new_zeros", "new_ones", "new_empty", "new_full", "size", "sym_size", "is_nonzero"}


def propagate(
    tracer: Tracer, func: Any, args: Sequence[Any], kwargs: dict[str, Any], given: Any
) -> None:
    """Label what the operation ``func`` gave for its arguments."""
    inputs = [x for x in tensors_in([list(args), kwargs]) if tracer.marks_of(x) is not None]
    name = func._overloadpacket.__name__
    if not inputs or name in _OF_NOTHING:
        return
    if (rule := _rule_of(name, func)) is None:
        tracer.trace.unknown.add(name)
        for tensor in inputs:
            tracer.keep(tensor)
        return
    rule(tracer, func, args, kwargs, given)


def _rule_of(name: str, func: Any) -> Callable[..., None] | None:
    for kind, rule in _RULES:
        if name in kind:
            return rule
    return _elementwise if torch.Tag.pointwise in func.tags else None


def _unchanged(tracer: Tracer, _func: Any, args: Any, _kwargs: Any, given: Any) -> None:
    marks = tracer.marks_of(args[0])
    target = given[0] if isinstance(given, tuple) else given
    if marks is not None:
        tracer.mark(target, *marks.layers, free=marks.free)


def _restride(tracer: Tracer, _func: Any, args: Any, _kwargs: Any, _given: Any) -> None:
    """See whether only axes of one element got other strides, as pooling to one pixel does."""
    tensor, size, strides = args[:3]
    usual = torch.empty(size, device="meta").stride()
    if list(tensor.shape) != list(size) or any(
        stride != own for n, stride, own in zip(size, strides, usual, strict=True) if n > 1
    ):
        tracer.keep(tensor)


def _move(tracer: Tracer, func: Any, args: Any, kwargs: Any, given: Any) -> None:
    marks = tracer.marks_of(args[0])
    if marks is None:  # an index that was worked out of channels
        for tensor in tensors_in([list(args[1:]), kwargs]):
            tracer.keep(tensor)
        return
    name = func._overloadpacket.__name__
    if name in _SHUFFLES and not marks.free:
        by_group = along(marks.layers[0], 1).view(args[1], -1)
        tracer.labels.tie(by_group[:1], by_group)
    targets = list(tensors_in(given))
    moved: list[list[torch.Tensor]] = [[] for _ in targets]
    for layer in marks.layers:
        for place, labels in enumerate(tensors_in(_on_labels(func, name, layer, args, kwargs))):
            moved[place].append(labels)
    before = tracer.labels.varying(marks.layers[0]) if not marks.free else []
    if len(targets) > 1 and (before or marks.free):
        for parts in zip(*moved, strict=True):
            _tie_equal_parts(tracer, parts)
    for part, (target, layers) in enumerate(zip(targets, moved, strict=True)):
        tracer.mark(target, *layers, free=marks.free)
        if before:
            _settle(tracer, target, name, args[0])
        if name in _SIZED:
            for labels in layers:
                tracer.saw_size(compact(expanded(labels, target.shape)), part)
                part += len(targets)  # noqa: PLW2901


def _on_labels(func: Any, name: str, labels: torch.Tensor, args: Any, kwargs: Any) -> Any:
    """Run the operation on a tensor of labels, in float64, which all operations know."""
    if name in {"view", "_unsafe_view", "_reshape_alias"}:
        return labels.reshape(args[1])
    if name in {"roll", "flip"} and not any(labels.stride(axis) for axis in args[-1]):
        return labels
    moved = func(labels.double(), *args[1:], **kwargs) if name == "im2col" else None
    if moved is not None:
        return moved.long()
    return func(labels, *args[1:], **kwargs)


def _settle(tracer: Tracer, target: torch.Tensor, name: str, source: torch.Tensor) -> None:
    """Let the channels of ``target`` differ along one axis only; note its sizes."""
    labels = tracer.hard(target)
    assert labels is not None
    axes = tracer.labels.varying(labels)
    if not axes:
        tracer.labels.keep(compact(labels))  # a single channel was picked
        return
    if len(axes) > 1:
        tracer.trace.split = True
        kept = axes[-1] if tracer.split == "inner" else axes[-2]
        whole = compact(labels)
        for axis in axes:
            if axis != kept:
                tracer.labels.tie(whole.narrow(axis, 0, 1), whole)
    elif name == "slice" and target.shape != source.shape:
        _tie_slices(tracer, source, target, axes[0])


def _tie_slices(tracer: Tracer, source: torch.Tensor, target: torch.Tensor, axis: int) -> None:
    """Tie the equal parts that a slice of the channels is one of."""
    labels, part = tracer.hard(source), target.shape[axis]
    if labels is None or source.ndim != target.ndim or source.shape[axis] % part:
        return
    start = tracer.hard(target)
    assert start is not None
    parts = along(labels, axis).view(-1, part)
    if any(torch.equal(along(start, axis), one) for one in parts):
        tracer.labels.tie(parts, parts[:1])


def _tie_equal_parts(tracer: Tracer, parts: Sequence[torch.Tensor]) -> None:
    """Let channels at the same place in parts of equal size go together: parts stay equal."""
    if all(part.shape == parts[0].shape for part in parts):
        for part in parts[1:]:
            tracer.labels.tie(compact(parts[0]), compact(part))


def _pad(tracer: Tracer, func: Any, args: Any, kwargs: Any, given: Any) -> None:
    marks = tracer.marks_of(args[0])
    assert marks is not None
    padding = args[1]
    layers = []
    for layer in marks.layers:
        axes = {axis - layer.ndim for axis in tracer.labels.varying(layer)}
        labels = layer
        for number in range(len(padding) // 2):
            axis = -1 - number
            before, after = padding[2 * number : 2 * number + 2]
            if axis in axes:  # what is padded with has no channel, and a size that stays
                labels = _aten.constant_pad_nd(labels, [0, 0] * number + [before, after], 0)
            else:
                shape = list(labels.shape)
                shape[axis] += before + after
                labels = labels.narrow(axis, 0, 1).expand(shape)
        layers.append(labels)
    tracer.mark(given, *layers, free=marks.free)


def _cat(tracer: Tracer, func: Any, args: Any, kwargs: Any, given: Any) -> None:
    parts = list(args[0])
    axis = (args[1] if len(args) > 1 else kwargs.get("dim", 0)) % given.ndim
    if func._overloadpacket.__name__ == "stack":
        layers = [_Part.of(tracer, part, axis) for part in parts]
    else:
        layers = [_Part.of(tracer, part) for part in parts]
    hard = [part for part in layers if part.hard is not None]
    varying = {a for part in hard for a in tracer.labels.varying(part.hard)}
    if not hard:
        _cat_free(tracer, layers, axis, given)
    elif varying <= {axis}:
        whole = [part.on(axis) for part in layers]
        joined = torch.cat(
            [
                x if x is not None else torch.zeros(p.size(axis), dtype=torch.int64)
                for x, p in zip(whole, layers, strict=True)
            ]
        )
        shape = [-1 if other == axis else 1 for other in range(given.ndim)]
        tracer.mark(given, joined.view(shape).expand(given.shape))
        tracer.saw_size(joined.view(shape))
    elif len(varying) == 1:
        layers = [part for part in layers if 0 not in part.shape]
        _cat_positions(tracer, layers, varying.pop(), given)
    else:
        for part in parts:
            tracer.keep(part)


class _Part:
    """One tensor of several that are put together, perhaps along a new axis."""

    def __init__(self, shape: Sequence[int], hard: Any, free: Sequence[torch.Tensor]) -> None:
        self.shape, self.hard, self.free = shape, hard, free

    @classmethod
    def of(cls, tracer: Tracer, tensor: torch.Tensor, new_axis: int | None = None) -> "_Part":
        hard, free = tracer.hard(tensor), tracer.free(tensor)
        if new_axis is None:
            return cls(tensor.shape, hard, free)
        return cls(
            tensor.unsqueeze(new_axis).shape,
            None if hard is None else hard.unsqueeze(new_axis),
            [layer.unsqueeze(new_axis) for layer in free],
        )

    def size(self, axis: int) -> int:
        return int(self.shape[axis])

    def on(self, axis: int) -> torch.Tensor | None:
        """Return the labels along ``axis``, if there are any."""
        if self.hard is not None:
            return along(self.hard, axis)
        found = [layer for layer in self.free if layer.stride(axis) and self.size(axis) > 1]
        return along(found[0], axis) if found else None


def _cat_free(tracer: Tracer, parts: list[_Part], axis: int, given: torch.Tensor) -> None:
    layers = []
    for other in range(given.ndim):
        found = [part.on(other) for part in parts]
        shape = [-1 if place == other else 1 for place in range(given.ndim)]
        if other == axis:
            joined = torch.cat(
                [
                    x if x is not None else torch.zeros(p.size(axis), dtype=torch.int64)
                    for x, p in zip(found, parts, strict=True)
                ]
            )
            layers.append(joined.view(shape).expand(given.shape))
        elif found[0] is not None and all(x is not None for x in found):
            for x in found[1:]:
                tracer.labels.same(found[0], x)  # type: ignore[arg-type]
            layers.append(found[0].view(shape).expand(given.shape))
    tracer.mark(given, *layers, free=True)


def _cat_positions(tracer: Tracer, parts: list[_Part], channels: int, given: torch.Tensor) -> None:
    """Make the channels of tensors the same that are put beside each other on another axis."""
    first = None
    for part in parts:
        found = part.on(channels)
        if found is None and part.size(channels) > 1 and first is not None:
            tracer.labels.keep(first)
        elif found is not None and first is None:
            first = found
        elif found is not None and first is not None:
            tracer.labels.same(first, found)
    assert first is not None
    for part in parts:
        if part.on(channels) is None and part.size(channels) > 1:
            tracer.labels.keep(first)
    shape = [-1 if place == channels else 1 for place in range(given.ndim)]
    tracer.mark(given, first.view(shape).expand(given.shape))


def _elementwise(tracer: Tracer, func: Any, args: Any, kwargs: Any, given: Any) -> None:
    targets = list(tensors_in(given))
    if not targets:
        for tensor in tensors_in([list(args), kwargs]):
            tracer.keep(tensor)
        return
    shape = targets[0].shape
    operands = [x for x in tensors_in([list(args), kwargs]) if x.ndim <= len(shape)]
    layers = meet(tracer, operands, shape)
    for target in targets:
        if target.shape == shape:
            tracer.mark(target, *layers[0], free=layers[1])


def meet(
    tracer: Tracer, operands: Sequence[torch.Tensor], shape: torch.Size
) -> tuple[list[torch.Tensor], bool]:
    """Make the channels of tensors that are combined element by element the same.

    Returns the labels of what comes out, and whether these are free (of parameters alone).
    """
    labels = tracer.labels
    hard = [x.expand(shape) for x in map(tracer.hard, operands) if x is not None]
    axes = [labels.varying(x) for x in hard]
    chosen = next((place for place, found in enumerate(axes) if found), None)
    if chosen is None:
        for x in hard:
            labels.keep(compact(x))
        if hard:
            for operand in operands:
                tracer.keep(operand)
            return [hard[0]], False
        if any(map(tracer.is_of_image, operands)):
            # activations without channels that can go, such as an attention's weights
            for operand in operands:
                tracer.keep(operand)
            return [], False
        return _meet_free(tracer, operands, shape), True
    for found, x in zip(axes, hard, strict=True):
        if found == axes[chosen]:
            labels.same(compact(hard[chosen]), compact(x))
        else:
            labels.keep(compact(x))  # one channel for all channels, or another axis
            if found:
                labels.keep(compact(hard[chosen]))
    channels = along(hard[chosen], axes[chosen][0])
    _meet_others(tracer, operands, shape, axes[chosen][0], channels)
    return [hard[chosen]], False


def _meet_others(
    tracer: Tracer,
    operands: Sequence[torch.Tensor],
    shape: torch.Size,
    axis: int,
    channels: torch.Tensor,
) -> None:
    """Let parameters share the channels of the activation that they meet, and constants keep it."""
    for operand in operands:
        own = axis - (len(shape) - operand.ndim)
        if tracer.hard(operand) is not None or own < 0 or operand.shape[own] == 1:
            continue
        found = [x for x in tracer.free(operand) if x.stride(own) and operand.shape[own] > 1]
        if found:
            tracer.labels.same(along(found[0], own), channels)
        else:
            tracer.labels.keep(channels)


def _meet_free(
    tracer: Tracer, operands: Sequence[torch.Tensor], shape: torch.Size
) -> list[torch.Tensor]:
    layers = []
    for axis in range(len(shape)):
        found, constant = [], False
        for operand in operands:
            own = axis - (len(shape) - operand.ndim)
            if own < 0 or operand.shape[own] == 1:
                continue
            of_axis = [x for x in tracer.free(operand) if x.stride(own)]
            found += [along(x, own) for x in of_axis[:1]]
            constant = constant or not of_axis
        if not found:
            continue
        for labels in found[1:]:
            tracer.labels.same(found[0], labels)
        if constant:
            tracer.labels.keep(found[0])
        sizes = [-1 if place == axis else 1 for place in range(len(shape))]
        layers.append(found[0].view(sizes).expand(shape))
    return layers


def _reduce(tracer: Tracer, func: Any, args: Any, kwargs: Any, given: Any) -> None:
    name = func._overloadpacket.__name__
    source = args[0]
    axes = _reduced_axes(func, args, kwargs, source.ndim)
    marks = tracer.marks_of(source)
    targets = list(tensors_in(given))
    if marks is None or name in {"argmax", "argmin", "any", "all"}:
        for tensor in tensors_in([list(args), kwargs]):
            tracer.keep(tensor)
        return
    if tracer.in_norm and not marks.free and name not in _OF_SAME_SHAPE:
        _reduce_in_norm(tracer, marks.layers[0], axes, targets)
        return
    layers = []
    for layer in marks.layers:
        if marks.free:
            if any(layer.stride(axis) and layer.shape[axis] > 1 for axis in axes):
                continue  # a parameter's own sum: a weight standardisation, which is done again
        else:
            for axis in axes:
                whole = compact(layer)
                tracer.labels.tie(whole.narrow(axis, 0, 1), whole)
        if name not in _OF_SAME_SHAPE:
            for axis in axes:
                layer = layer.narrow(axis, 0, 1)  # noqa: PLW2901
            layer = layer.reshape(targets[0].shape)  # noqa: PLW2901
        layers.append(layer)
    for target in targets:
        tracer.mark(target, *layers, free=marks.free)


def _reduce_in_norm(
    tracer: Tracer, labels: torch.Tensor, axes: Sequence[int], targets: Sequence[torch.Tensor]
) -> None:
    """Hand on the labels of what is left; what is taken over channels belongs to none of them."""
    if any(axis in tracer.labels.varying(labels) for axis in axes):
        return
    for axis in axes:
        labels = labels.narrow(axis, 0, 1)
    for target in targets:
        tracer.mark(target, labels.reshape(target.shape))


def _reduced_axes(func: Any, args: Any, kwargs: Any, ndim: int) -> list[int]:
    names = [argument.name for argument in func._schema.arguments]
    given = dict(zip(names, args, strict=False)) | kwargs
    axes = given.get("dim")
    if axes is None or axes == []:
        return list(range(ndim))
    return [axis % ndim for axis in ([axes] if isinstance(axes, int) else axes)]


def _glu(tracer: Tracer, _func: Any, args: Any, kwargs: Any, given: Any) -> None:
    labels = tracer.hard(args[0])
    axis = (args[1] if len(args) > 1 else kwargs.get("dim", -1)) % args[0].ndim
    if labels is None:
        tracer.keep(args[0])
        return
    first, second = labels.chunk(2, axis)
    tracer.labels.tie(compact(first), compact(second))
    tracer.mark(given, first)


def _pool(tracer: Tracer, func: Any, args: Any, _kwargs: Any, given: Any) -> None:
    spatial = _POOLING[func._overloadpacket.__name__]
    labels = tracer.hard(args[0])
    for tensor in tensors_in(list(args[1:])):
        tracer.keep(tensor)
    if labels is None:
        _pool_free(tracer, args[0], given, spatial)
        return
    if any(axis >= labels.ndim - spatial for axis in tracer.labels.varying(labels)):
        tracer.keep(args[0])
        return
    for axis in range(labels.ndim - spatial, labels.ndim):
        labels = labels.narrow(axis, 0, 1)
    for target in tensors_in(given):
        tracer.mark(target, labels.expand(target.shape))


def _pool_free(tracer: Tracer, source: torch.Tensor, given: Any, spatial: int) -> None:
    """Keep the labels of a parameter's other axes, such as those of an interpolated embedding."""
    for target in tensors_in(given):
        layers = []
        for layer in tracer.free(source):
            axes = range(layer.ndim - spatial, layer.ndim)
            if not any(layer.stride(axis) and layer.shape[axis] > 1 for axis in axes):
                for axis in axes:
                    layer = layer.narrow(axis, 0, 1)  # noqa: PLW2901
                layers.append(layer.expand(target.shape))
        tracer.mark(target, *layers, free=True)


_RULES: list[tuple[Any, Callable[..., None]]] = [
    (_UNCHANGED, _unchanged),
    (_MOVES, _move),
    ({"as_strided_"}, _restride),
    ({"constant_pad_nd"}, _pad),
    ({"cat", "stack"}, _cat),
    ({"glu"}, _glu),
    (_ELEMENTWISE, _elementwise),
    (_REDUCTIONS, _reduce),
    (_POOLING, _pool),
    *((names, rule) for names, rule in (*PRODUCTS, *NORMS)),
]
