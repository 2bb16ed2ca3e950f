"""From the labels of one trace to groups of channels."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from budama.config.cut import Kind
from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Convolution, Filters, Member, axes_of, is_depthwise
from budama.pruning.trace.labels import STAYS
from budama.pruning.trace.tracer import Axis, Trace

_NORM_TENSORS = ("weight", "running_mean", "bias")


@dataclass(frozen=True)
class Side:
    """One side of a layer, or a parameter by itself, with the labels of its channels."""

    name: str
    module: nn.Module
    side: str
    tensor: str
    axis: int
    labels: torch.Tensor
    layer: bool


@dataclass(frozen=True)
class _Known:
    """A side whose labels have been looked up: of each of its channels, and of its unit."""

    side: Side
    channels: list[int]
    units: list[int]
    different_units: frozenset[int]

    @classmethod
    def of(cls, trace: Trace, side: Side) -> "_Known":
        units = trace.labels.unit(side.labels).tolist()
        channels = trace.labels.channel(side.labels).tolist()
        return cls(side, channels, units, frozenset(units))


def groups_of(network: nn.Module, trace: Trace) -> list[ChannelGroup]:
    """Return the groups of ``network`` that can be cut, in the order of its layers."""
    sides = list(sides_of(network, trace))
    makers = _makers(trace, sides)
    known = [_Known.of(trace, side) for side in sides]
    groups = []
    for together in _connected(trace, makers):
        group = _group(trace, together, known)
        if group is not None:
            groups.append(group)
    return groups


def sides_of(network: nn.Module, trace: Trace) -> Iterator[Side]:
    """Yield every side of every layer that has labels, in the order of the network's layers."""
    by_module: dict[str, list[Axis]] = defaultdict(list)
    for held in trace.axes.values():
        by_module[held.module].append(held)
    for name, module in network.named_modules():
        if name not in by_module:
            continue
        found = {(held.tensor, held.axis): held.labels for held in by_module[name]}
        taken: set[str] = set()
        for side, place in axes_of(module).items():
            tensor = next((t for t in _NORM_TENSORS if (t, place) in found), None)
            if tensor is None or not _is_layer(module):
                continue
            labels = found[tensor, place]
            if side == "in" and isinstance(module, Convolution) and module.groups > 1:
                made = found.get((tensor, axes_of(module)["out"]), torch.zeros(1))
                if is_depthwise(module) or int(made[0]) not in trace.reads:
                    continue
                labels = trace.reads[int(made[0])]
            if len(labels) > 1:
                yield Side(name, module, side, tensor, place, labels, layer=True)
        if _is_layer(module):
            taken = {*_NORM_TENSORS, "running_var"}
        for (own, axis), labels in found.items():
            if own not in taken:
                whole = f"{name}.{own}" if name else own
                yield Side(whole, module, "out", own, axis, labels, layer=False)


def _is_layer(module: nn.Module) -> bool:
    """Whether the channels of a module's parameters are those of its outputs (and inputs)."""
    if isinstance(module, Filters):
        return True
    own = {name for name, held in module.named_parameters(recurse=False)}
    own |= {name for name, held in module.named_buffers(recurse=False)}
    return bool(own) and own <= {*_NORM_TENSORS, "running_var", "num_batches_tracked"}


def _makers(trace: Trace, sides: Sequence[Side]) -> list[Side]:
    """Return the sides whose channels a layer with filters makes, in the order of the layers."""
    # the weight's own labels: those of what else holds the same channels are others
    makers = [labels.flatten() for labels in trace.makers]
    made = trace.labels.where(torch.cat([torch.empty(0, dtype=torch.int64), *makers]))
    weights = {side.module: side for side in sides if side.layer and side.side == "out"}
    found = {}
    for side in sides:
        if bool(made[side.labels].any()):
            # filters that are multiplied with a gain are the layer's all the same
            maker = side if side.layer else weights.get(side.module, side)
            found[id(maker)] = maker
    return list(found.values())


def _connected(trace: Trace, makers: Sequence[Side]) -> Iterator[list[Side]]:
    """Yield the makers that share units, and those that share units with these, and so on."""
    by_unit: dict[int, int] = {}
    sets: list[list[int]] = []
    of_set: dict[int, int] = {}
    for place, side in enumerate(makers):
        units = set(trace.labels.unit(side.labels).tolist()) - {STAYS}
        joined = sorted({of_set[by_unit[unit]] for unit in units if unit in by_unit})
        target = joined[0] if joined else len(sets)
        if not joined:
            sets.append([])
        for other in joined[1:]:
            sets[target] += sets[other]
            for member in sets[other]:
                of_set[member] = target
            sets[other] = []
        sets[target].append(place)
        of_set[place] = target
        by_unit |= dict.fromkeys(units, place)
    for places in sets:
        if places:
            yield [makers[place] for place in sorted(places)]


def _group(trace: Trace, makers: Sequence[Side], sides: Iterable[_Known]) -> ChannelGroup | None:
    """Return the group that ``makers`` make; ``None`` if nothing of it can go."""
    labels = trace.labels
    # an attention has its name from what makes its queries, not from a position's bias
    makers = sorted(makers, key=lambda side: not _is_read_by_products(trace, side))
    numbers: dict[int, int] = {}  # of the channels of the group, by their labels
    units: list[int] = []
    for place, side in enumerate(makers):
        pairs = zip(
            labels.channel(side.labels).tolist(), labels.unit(side.labels).tolist(), strict=True
        )
        for channel, unit in pairs:
            # what stays is counted where the group has its name from
            if channel not in numbers and (unit != STAYS or place == 0):
                numbers[channel] = len(units)
                units.append(unit)
    order = {unit: None for unit in units if unit != STAYS}
    index = {unit: place for place, unit in enumerate(order)} | {STAYS: -1}
    unit_of = torch.tensor([index[unit] for unit in units])
    counts = torch.bincount(unit_of[unit_of >= 0], minlength=1)
    if len(order) < 2 or counts.min() != counts.max():  # noqa: PLR2004
        return None
    first_of = {unit: number for number, unit in reversed(list(enumerate(units)))}
    members = tuple(_members(trace, numbers, sides, {unit: first_of[unit] for unit in order}))
    first = makers[0]
    return ChannelGroup(
        name=first.name,
        channels=len(units),
        unit_of=unit_of,
        members=members,
        kind=_kind(makers),
        layer=first.name,
        unit_labels=torch.tensor(list(order)),
    )


def _is_read_by_products(trace: Trace, side: Side) -> bool:
    read = torch.cat(trace.in_attention or [torch.empty(0, dtype=torch.int64)])
    return bool(torch.isin(side.labels, read).any())


def _members(
    trace: Trace, numbers: dict[int, int], sides: Iterable[_Known], units: dict[int, int]
) -> Iterator[Member]:
    """Yield what is coupled; ``units`` gives the first channel of each unit."""
    for known in sides:
        if known.different_units.isdisjoint(units):
            continue
        side = known.side
        coupled = [
            (own, numbers.get(channel, units[unit]))
            for own, (channel, unit) in enumerate(zip(known.channels, known.units, strict=True))
            if unit in units
        ]
        own, root = zip(*coupled, strict=True)
        yield Member(
            name=side.name,
            module=side.module,
            side="in" if side.side == "in" else "out",
            own=torch.tensor(own, dtype=torch.int64),
            root=torch.tensor(root, dtype=torch.int64),
            tensor=side.tensor,
            axis=side.axis,
            layer=side.layer,
            runs=side.name in trace.running,
        )


def _kind(makers: Sequence[Side]) -> Kind:
    linear = [side for side in makers if isinstance(side.module, nn.Linear)]
    if not linear:
        return "channels"
    return "hidden" if len(makers) == 1 else "embedding"
