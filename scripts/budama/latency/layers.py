"""What each layer of an ONNX file takes, by ONNX Runtime's profiler."""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import onnx

from budama.pruning.timed.table import AFTER

# Those that read weights; others follow one of them, or are put in between
_FILTERS = ("Conv", "Gemm", "MatMul")
TRIMMED = 0.25
_END = "_kernel_time"
# What ONNX Runtime adds to the name of what a node gives or is
_ADDED = re.compile(r"(_nchwc)?(_token_\d+)?(/.*)?$")

Owner = Callable[[onnx.NodeProto], str | None]


class NodeTime(NamedTuple):
    """A node of one run: its operator, the shapes that it reads and gives, and milliseconds."""

    name: str
    operator: str
    reads: tuple[int, ...]
    gives: tuple[int, ...]
    ms: float


def node_times(events: Iterable[dict[str, Any]]) -> list[NodeTime]:
    """Return the nodes in the profiler's ``events`` in the order they ran.

    A time is the mean over the runs, without a quarter of them at either end.
    """
    times: dict[str, list[float]] = {}
    first: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith(_END):
            times.setdefault(event["name"], []).append(event["dur"] / 1e3)
            first.setdefault(event["name"], event["args"])
    return [
        NodeTime(
            name.removesuffix(_END),
            first[name]["op_name"],
            _shape(first[name].get("input_type_shape")),
            _shape(first[name].get("output_type_shape")),
            # the profiler counts whole microseconds, which a median would keep
            _middle(durations),
        )
        for name, durations in times.items()
    ]


def _middle(durations: list[float]) -> float:
    cut = int(TRIMMED * len(durations))
    return float(np.mean(np.sort(durations)[cut : len(durations) - cut]))


def _shape(described: Any) -> tuple[int, ...]:
    return tuple(next(iter(described[0].values()))) if described else ()


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
