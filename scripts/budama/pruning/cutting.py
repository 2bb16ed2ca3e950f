"""From scores and a budget to the smaller network, in one step or several."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from torch import nn

from budama.config.budget import Budget, Scope
from budama.config.cut import Normaliser
from budama.models.figures import Example, count_macs, one_image
from budama.pruning.checks import run
from budama.pruning.costs import CostModel, cost_of
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Convolution
from budama.pruning.order import Scores
from budama.pruning.selection import Count, select
from budama.pruning.target import CostLeft
from budama.pruning.timed.clock import Clock
from budama.system.errors import BudamaError

Scorer = Callable[[nn.Module, list[ChannelGroup]], Scores]
# Repairs a network after a step that is not the last, given what is kept of the dense channels
Between = Callable[[nn.Module, Mapping[str, Sequence[int]]], object]


@dataclass(frozen=True)
class Outcome:
    """What a cut left.

    ``kept`` are the channels of the dense network that stay, for each group that lost some;
    ``sizes`` the attributes of modules that the cut has changed, by ``MODULE.ATTRIBUTE``;
    ``too_small`` the layers that ``round_to`` left whole; ``layers`` a table with one row per
    convolution and linear layer: its input and output channels and its MACs, before and after.
    """

    kept: dict[str, list[int]]
    sizes: dict[str, Any]
    too_small: list[str]
    layers: pd.DataFrame


def cut_to_budget(
    network: nn.Module,
    graph: PruningGraph,
    score: Scorer,
    scope: Scope,
    budget: Budget,
    *,
    normaliser: Normaliser = "mean",
    clock: Clock | None = None,
    between: Between | None = None,
) -> Outcome:
    """Cut ``network`` in place down to ``budget``.

    ``graph`` is of ``network``, or of the one that it is a copy of. ``score`` is called once per
    step: with the graph's network, and then with ``network`` as the steps before have left it. A
    group that it does not score stays whole. ``normaliser`` is as in ``order_of_cuts``; ``clock``
    times candidates of a budget in latency; ``between`` is called after each step but the last.
    What a target asks for is met by the cut network as counted, within 1%, or as timed, within 3%.
    Raises ``BudamaError`` as ``select`` and ``PruningGraph.check`` do.
    """
    example = graph.example
    before = _layers(network, example)
    dense: dict[str, ChannelGroup] = {}
    units_left: dict[str, list[int]] = {}  # of the dense groups'
    dense_cost = 0.0
    too_small: list[str] = []
    sizes: dict[str, Any] = {}
    kept: dict[str, list[int]] = {}
    for step in range(1, budget.steps + 1):
        graph = graph if step == 1 else graph.anew(network)
        scores = score(graph.network, graph.groups)
        groups = [group for group in graph.groups if group.name in scores]
        if step == 1 and not groups:
            raise BudamaError(_nothing_to_cut(graph))
        if step == 1:
            dense = {group.name: group for group in groups}
            units_left = {group.name: list(range(group.units)) for group in groups}
        groups = [group for group in groups if group.name in dense]
        cost_left, count = None, None
        if budget.kind not in ("channels", "latency"):
            cost = CostModel(graph.network, groups, example, budget.kind)
            dense_cost = dense_cost or cost.whole
            cost_left = _share_left(cost, dense_cost)
            count = _counter(graph, example, budget.kind, dense_cost)
        selection = select(
            groups,
            scores,
            scope,
            budget.after(step),
            cost_left,
            count,
            dense_units={name: group.units for name, group in dense.items()},
            normaliser=normaliser,
            clock=clock,
        )
        graph.check(selection.kept)
        sizes |= graph.cut(network, selection.kept)
        for group in groups:
            stay = group.units_in(selection.kept[group.name])
            units_left[group.name] = [units_left[group.name][unit] for unit in stay]
        kept = {
            name: group.channels_of(units_left[name])
            for name, group in dense.items()
            if len(units_left[name]) < group.units
        }
        too_small = selection.too_small
        if between is not None and step < budget.steps:
            between(network, kept)
    return Outcome(
        kept,
        sizes,
        too_small,
        before.merge(_layers(network, example), on="layer", suffixes=("_before", "_after")),
    )


def _nothing_to_cut(graph: PruningGraph) -> str:
    reasons = [f"'{name}' stays whole: {reason}" for name, reason in graph.whole.items()]
    return (
        "nothing of this model can be cut: allow more under 'ignore' and 'units', or choose "
        f"another criterion or model{'. ' + reasons[0] if reasons else ''}"
    )


def _share_left(cost: CostModel, dense: float) -> CostLeft:
    return lambda lost: cost.of(lost) / dense


def _counter(graph: PruningGraph, example: Example, kind: str, dense: float) -> Count:
    """Return what counts a cut's share of the dense cost, by making it on a copy."""

    def count(kept: dict[str, list[int]]) -> float:
        trial = copy.deepcopy(graph.network).eval()
        graph.cut(trial, kept)
        run(trial, one_image(trial, example))
        return cost_of(trial, example, kind) / dense

    return count


def _layers(network: nn.Module, example: Example) -> pd.DataFrame:
    """Return the input and output channels and the MACs of each layer with filters."""
    macs = count_macs(network, example).by_module()
    rows = {}
    for name, layer in network.named_modules():
        if isinstance(layer, Convolution):
            rows[name] = (layer.in_channels, layer.out_channels, int(macs[name]))
        elif isinstance(layer, nn.Linear):
            rows[name] = (layer.in_features, layer.out_features, int(macs[name]))
    return (
        pd.DataFrame.from_dict(rows, orient="index", columns=["inputs", "outputs", "macs"])
        .rename_axis("layer")
        .reset_index()
    )
