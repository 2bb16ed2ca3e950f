"""A network's groups of channels, as far as they can be cut: each is tried before it is offered."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from budama.config.cut import DEFAULT_UNITS, KINDS, Kind
from budama.models.figures import Example
from budama.pruning.adapt import adapt
from budama.pruning.grouping import groups_of, sides_of
from budama.pruning.groups import ChannelGroup
from budama.pruning.patterns import is_ignored
from budama.pruning.surgery import Surgery
from budama.pruning.trace.tracer import Trace, trace
from budama.pruning.trial import Trial
from budama.system.errors import BudamaError


class PruningGraph:
    """The groups of a network that can be cut, in the order of its layers.

    ``network`` is made ready for it (``adapt``), and computes what it did. Its classifiers (the
    layers whose outputs leave the network) are no group: their outputs stay. So do the outputs of
    layers whose name matches one of the ``ignore`` patterns (as in a shell: ``*``, ``?``), and all
    that is coupled to them, and groups of a kind that is not among ``units``. All groups that are
    left were cut on trial, and the network without these channels computed what the dense one does
    without them: a group that does not bear this is in ``whole``, with the reason. ``unknown`` are
    the operations through which channels could not be followed: what they read stays.
    Raises ``BudamaError`` if the network does not run.
    """

    def __init__(
        self,
        network: nn.Module,
        example: Example,
        ignore: Sequence[str] = (),
        units: Iterable[Kind] = DEFAULT_UNITS,
    ) -> None:
        self.network, self.example = network, example
        self._ignore, self._units = ignore, frozenset(units)
        found, traces = _found(network, example, ignore)
        self.unknown = sorted(set().union(*(traced.unknown for traced in traces)))
        self._surgery = Surgery(traces, found)
        self._trial = Trial(network, self._surgery, example)
        self.groups = self._trial.accepted([group for group in found if group.kind in self._units])
        self.whole: dict[str, str] = self._trial.refused

    def anew(self, network: nn.Module) -> "PruningGraph":
        """Return the graph of ``network``, with the same example, patterns and units."""
        return PruningGraph(network, self.example, self._ignore, self._units)

    def check(self, kept: Mapping[str, Sequence[int]]) -> None:
        """Raise ``BudamaError`` unless the network can be cut down to ``kept``."""
        self._trial.check(self.groups, kept)

    def cut(self, network: nn.Module, kept: Mapping[str, Sequence[int]]) -> dict[str, Any]:
        """Cut ``network``, which is built like the graph's own, in place; see ``Surgery.cut``."""
        return self._surgery.cut(network, kept)


def keep_channels(
    network: nn.Module, kept: Mapping[str, Sequence[int]], example: Example
) -> dict[str, Any]:
    """Cut ``network`` in place down to ``kept``: group name to channel indices of the dense one.

    Groups that ``kept`` does not name stay whole. Returns and raises as ``Surgery.cut`` does.
    """
    return PruningGraph(network, example, units=KINDS).cut(network, kept)


def _found(
    network: nn.Module, example: Example, ignore: Sequence[str]
) -> tuple[list[ChannelGroup], list[Trace]]:
    """Return all groups in the order of the layers, and the traces that show them."""
    adapt(network)
    traces = [_traced(network, example, "inner")]
    found = [_as_widths(group, traces[0]) for group in groups_of(network, traces[0])]
    if traces[0].split:
        traces.append(_traced(network, example, "outer"))
        found = _with_heads(found, groups_of(network, traces[1]), traces)
    held = [list(_left_alone(network, traced, ignore)) for traced in traces]
    found = [left for group in found if (left := _without(group, held[group.trace]))]
    order = {name: place for place, (name, _) in enumerate(network.named_modules())}
    found.sort(key=lambda group: (order.get(group.layer, len(order)), group.kind))
    return found, traces


def _traced(network: nn.Module, example: Example, split: str) -> Trace:
    try:
        return trace(network, example, split)  # type: ignore[arg-type]
    except BudamaError:
        raise
    except Exception as error:  # whatever the network's own code raises
        raise BudamaError(
            "this model cannot be pruned: it does not run on one image of this size "
            f"({type(error).__name__}: {' '.join(str(error).split())[:300]})"
        ) from error


def _left_alone(network: nn.Module, traced: Trace, ignore: Sequence[str]) -> Iterator[int]:
    """Yield the labels of the units that must stay because a pattern matches what makes them."""
    for side in sides_of(network, traced):
        if side.side == "out" and is_ignored(side.name, ignore):
            yield from traced.labels.unit(side.labels).tolist()


def _without(group: ChannelGroup, held: Sequence[int]) -> ChannelGroup | None:
    """Return ``group`` without the units ``held``; scores belong to channels, so these stay."""
    can_go = ~torch.isin(group.unit_labels, torch.tensor(held, dtype=torch.int64))
    if can_go.all():
        return group
    if int(can_go.sum()) < 2:  # noqa: PLR2004
        return None
    number = torch.where(can_go, can_go.cumsum(0) - 1, -1)
    unit_of = torch.where(group.unit_of >= 0, number[group.unit_of], -1)
    return replace(group, unit_of=unit_of, unit_labels=group.unit_labels[can_go])


def _as_widths(group: ChannelGroup, traced: Trace) -> ChannelGroup:
    """Return a group that an attention's products read as what it is: widths of its heads."""
    return _named(group, "head_widths", 0) if _in_attention(group, traced) else group


def _with_heads(
    inner: list[ChannelGroup], outer: list[ChannelGroup], traces: Sequence[Trace]
) -> list[ChannelGroup]:
    """Return the groups of both traces: where channels were split into heads, each kind of unit.

    Where they were split and one axis alone can be cut (a maximum over the others), it is that.
    """
    found = {group.layer: group for group in inner}
    taken = {member.name for group in inner for member in group.producers()}
    for group in outer:
        same = found.get(group.layer)
        if same is not None and torch.equal(same.unit_of, group.unit_of):
            continue
        if not _in_attention(group, traces[1]):
            if taken.isdisjoint(member.name for member in group.producers()):
                found[group.layer] = replace(group, trace=1)
            continue
        found[f"{group.layer}:heads"] = _named(group, "heads", 1)
    return list(found.values())


def _named(group: ChannelGroup, kind: Kind, number: int) -> ChannelGroup:
    return replace(group, name=f"{group.layer}:{kind}", kind=kind, trace=number)


def _in_attention(group: ChannelGroup, traced: Trace) -> bool:
    if not traced.in_attention:
        return False
    read = traced.labels.unit(torch.cat(traced.in_attention))
    return bool(torch.isin(group.unit_labels, read).any())
