"""The cut itself: from a dense network to one that holds only the kept channels."""

from collections.abc import Iterable

from torch import nn

from budama.models.figures import Example
from budama.pruning.groups import PruningGraph
from budama.system.errors import BudamaError, did_you_mean


def keep_channels(network: nn.Module, kept: dict[str, list[int]], example: Example) -> None:
    """Cut ``network`` in place down to ``kept``: group name to channel indices of the dense one.

    Groups that ``kept`` does not name stay whole. Raises ``BudamaError`` if a name or an index does
    not belong to the network.
    """
    cut_down(PruningGraph(network, example), kept)


def add_biases(network: nn.Module, layers: Iterable[str]) -> None:
    """Give ``layers`` a bias of zeros; raises ``BudamaError`` for one that cannot have it."""
    for name in layers:
        try:
            layer = network.get_submodule(name)
        except AttributeError:
            layer = None
        if not isinstance(layer, nn.Conv2d | nn.Linear) or layer.bias is not None:
            raise BudamaError(f"no layer '{name}' that could be given a bias")
        layer.bias = nn.Parameter(layer.weight.new_zeros(len(layer.weight)))


def cut_down(graph: PruningGraph, kept: dict[str, list[int]]) -> None:
    """Cut the network of ``graph`` as ``keep_channels`` does; the graph is used up by it."""
    groups = {group.name: group for group in graph.groups}
    for name, channels in kept.items():
        if name not in groups:
            raise BudamaError(f"no prunable layer '{name}': {did_you_mean(name, groups)}")
        remaining = set(channels)
        if not remaining or not remaining <= set(range(groups[name].channels)):
            raise BudamaError(
                f"layer '{name}' has {groups[name].channels} channels; the kept ones must be some "
                "of them"
            )
    for name, channels in kept.items():
        remaining = set(channels)
        gone = [c for c in range(groups[name].channels) if c not in remaining]
        if gone:
            graph.cut(groups[name], gone)
