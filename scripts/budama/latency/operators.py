"""Where the time goes: the profiler's times by kind of operator, dense beside pruned.

ONNX Runtime computes convolutions on a CPU in a blocked layout, channels in groups of 16 (8 with
AVX2), but a depthwise one only if its channels fill whole blocks. Others take a slow path, and the
data is reordered before and after. That is why a cut to odd channel counts can cost time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from budama.latency.events import END
from budama.latency.providers import Target, profile

RUNS = 30


def operators(files: Sequence[Path], target: Target, batch: int) -> list[dict[str, Any]]:
    """Return a row for each kind of operator: nodes and milliseconds in either of two files.

    The kinds are in the order of the time they take in both. A node's time is its median of 30
    runs. Timing every node costs time itself, so the sums are above the time of a whole run.
    """
    first, second = (by_kind(profile(file, target, batch, RUNS)) for file in files)
    rows = [
        {
            "kind": kind,
            "dense_nodes": first.get(kind, (0, 0.0))[0],
            "dense_ms": first.get(kind, (0, 0.0))[1],
            "model_nodes": second.get(kind, (0, 0.0))[0],
            "model_ms": second.get(kind, (0, 0.0))[1],
        }
        for kind in {**first, **second}
    ]
    return sorted(rows, key=lambda row: -row["dense_ms"] - row["model_ms"])


def by_kind(events: Iterable[dict[str, Any]]) -> dict[str, tuple[int, float]]:
    """Return the number of nodes and their milliseconds for each kind in the profiler's events."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith(END):
            times[event["name"], kind_of(event)].append(event["dur"] / 1e3)
    kinds: dict[str, list[float]] = defaultdict(list)
    for (_, kind), durations in times.items():
        kinds[kind].append(float(np.median(durations)))
    return {kind: (len(nodes), sum(nodes)) for kind, nodes in kinds.items()}


def kind_of(event: dict[str, Any]) -> str:
    """Return a node's kind: of a convolution, if it is depthwise, and in which layout it runs."""
    operator: str = event["args"]["op_name"]
    if operator.startswith("Reorder"):
        return "Reorder"
    if operator not in ("Conv", "FusedConv"):
        return operator
    layout = "blocked layout" if event["name"].endswith(f"_nchwc{END}") else "plain layout"
    shapes = [next(iter(shape.values())) for shape in event["args"]["input_type_shape"]]
    depthwise = "depthwise " if shapes[0][1] > 1 and shapes[1][1] == 1 else ""
    return f"{depthwise}Conv, {layout}"
