"""The nodes of an ONNX file in the events of ONNX Runtime's profiler.

Imports little: the process that profiles holds nothing of torch.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

END = "_kernel_time"
# So large a share of a node's times, the longest, is not counted: others disturbed them
TRIMMED = 0.25


class NodeTime(NamedTuple):
    """A node of one run: its operator, the shapes that it reads and gives, and milliseconds."""

    name: str
    operator: str
    reads: tuple[int, ...]
    gives: tuple[int, ...]
    ms: float


def node_times(events: Iterable[dict[str, Any]]) -> list[NodeTime]:
    """Return the nodes in the profiler's ``events`` in the order they ran.

    A time is the mean over the runs, without the longest quarter of them.
    """
    times: dict[str, list[float]] = {}
    first: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith(END):
            times.setdefault(event["name"], []).append(event["dur"] / 1e3)
            first.setdefault(event["name"], event["args"])
    return [
        NodeTime(
            name.removesuffix(END),
            first[name]["op_name"],
            _shape(first[name].get("input_type_shape")),
            _shape(first[name].get("output_type_shape")),
            # the profiler counts whole microseconds, which a median would keep
            _middle(durations),
        )
        for name, durations in times.items()
    ]


def _middle(durations: list[float]) -> float:
    return float(np.mean(np.sort(durations)[: len(durations) - int(TRIMMED * len(durations))]))


def _shape(described: Any) -> tuple[int, ...]:
    return tuple(next(iter(described[0].values()))) if described else ()
