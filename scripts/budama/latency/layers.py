"""What each layer of an ONNX file takes, by ONNX Runtime's profiler."""

import re
from collections.abc import Callable, Iterable

import onnx

from budama.latency.events import NodeTime
from budama.pruning.timed.table import AFTER

# Those that read weights; others follow one of them, or are put in between
_FILTERS = ("Conv", "Gemm", "MatMul")
# What ONNX Runtime adds to the name of what a node gives or is
_ADDED = re.compile(r"(_nchwc)?(_token_\d+)?(/.*)?$")

Owner = Callable[[onnx.NodeProto], str | None]


class LayerTimes:
    """Which layer each node of a graph belongs to; ``owner`` says whose weights a node has."""

    def __init__(self, graph: onnx.GraphProto, owner: Owner) -> None:
        self._producers = {name: node for node in graph.node for name in node.output}
        self._nodes = {node.name: node for node in graph.node}
        self._owner = owner

    def of(self, nodes: Iterable[NodeTime], own_ms: float = 0.0) -> dict[str, float]:
        """Return the milliseconds of each layer, and under ``LAYER:after`` of what follows it.

        That is what has no weights: activations, sums, changes of the layout. What follows no layer
        stands under nothing but ``:after``. ``own_ms`` is what the profiler itself takes of a node.
        """
        found: dict[str, float] = {}
        layer_of: dict[tuple[int, ...], str] = {}
        for node in nodes:
            layer = self._layer(node.name) or layer_of.get(node.reads, "")
            layer_of[node.gives] = layer
            filters = any(kind in node.operator for kind in _FILTERS)
            item = layer if filters and layer else layer + AFTER
            found[item] = found.get(item, 0.0) + max(node.ms - own_ms, 0.0)
        return found

    def _layer(self, name: str) -> str | None:
        stem = _ADDED.sub("", name)
        node = self._producers.get(stem) or self._nodes.get(stem)
        while node is not None:
            layer = self._owner(node)
            if layer is not None:
                return layer
            node = self._producers.get(node.input[0]) if node.input else None
        return None
