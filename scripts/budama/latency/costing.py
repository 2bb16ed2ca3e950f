"""How a table of costs is measured: every width of every group, in files that are profiled."""

import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from budama.latency import profiling
from budama.latency.children import as_shipped
from budama.latency.events import NodeTime
from budama.latency.layers import LayerTimes
from budama.latency.providers import Target
from budama.pruning.groups import ChannelGroup
from budama.pruning.timed.device import Device
from budama.pruning.timed.grid import Trial, trials
from budama.pruning.timed.table import AFTER, CostTable, GroupCosts
from budama.pruning.timed.variants import Variants
from budama.system.errors import BudamaError
from budama.system.files.journal import Journal
from budama.system.job.progress import track

# The dense file is profiled first, and again after so many trials
DENSE_FIRST = 4
DENSE_EVERY = 10
# A provider that runs the whole network as one node shows no layers: those of its neighbour tell
# what layers cost beside each other. How long a whole network takes is measured on its own.
_SHOWS_LAYERS = {"TensorRT": "CUDA", "OpenVINO": "CPU"}
Layers = dict[str, float]


def measure_costs(
    variants: Variants, target: Target, device: Device, dense_sha256: str, journal: Path
) -> CostTable:
    """Return the table of costs of ``variants`` on ``target``.

    What is found goes to ``journal`` at once, and what is there is not measured again: a table that
    was interrupted goes on.
    Raises ``BudamaError`` if a file cannot run there.
    """
    start = time.monotonic()
    plan = list(_plan(variants.groups))
    key = hashlib.sha256(
        json.dumps([dense_sha256, variants.architecture, str(device), plan]).encode()
    ).hexdigest()
    with Journal(journal, key) as done:
        left = plan[len(done) :]
        with _profiler(variants, target, device.batch_size) as profile:
            for widths in track(left, len(left), "costs", "files"):
                done.append(profile(widths))
        seen = list(done)
    times = _LayersOf(variants)
    layers = [times.of(widths, found) for widths, found in zip(plan, seen, strict=True)]
    runs = [own for widths, own in zip(plan, layers, strict=True) if not widths]
    dense = _means(runs)
    groups = {
        group.name: _costs_of(group, plan, layers, dense, variants) for group in variants.groups
    }
    return CostTable(
        device=device,
        dense_sha256=dense_sha256,
        dense=dense,
        groups=groups,
        noise=_noise(runs, variants.groups),
        trials=len(plan),
        seconds=round(time.monotonic() - start, 1),
    )


def _plan(groups: Sequence[ChannelGroup]) -> Iterator[Trial]:
    """Yield what is profiled in its order: trials at random, so that a drift meets all widths."""
    waiting = list(trials(groups))
    random.Random(0).shuffle(waiting)
    yield from ({} for _ in range(DENSE_FIRST))
    for number, trial in enumerate(waiting):
        if number % DENSE_EVERY == 0:
            yield {}
        yield trial


@contextmanager
def _profiler(
    variants: Variants, target: Target, batch: int
) -> Iterator[Callable[[Trial], dict[str, Any]]]:
    """Yield what profiles the file of some widths, in a process that holds nothing of torch."""
    shown = replace(
        target,
        provider=_SHOWS_LAYERS.get(target.provider, target.provider),
        cuda_graph=False,  # of a graph that is replayed, the profiler sees no nodes
    )
    # a GPU's kernels are waited for, and so timed one by one, only where launches block
    environment = as_shipped([target]) | {"CUDA_LAUNCH_BLOCKING": "1"}
    command = [sys.executable, "-m", profiling.__name__]
    with (
        tempfile.TemporaryDirectory(prefix="budama-costs-") as folder,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        ) as process,
    ):
        file = Path(folder) / "model.onnx"
        asked = json.dumps({"file": str(file), "target": asdict(shown), "batch": batch})

        def profile(widths: Trial) -> dict[str, Any]:
            file.write_bytes(variants.file(widths))
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError):
                print(asked, file=process.stdin, flush=True)
            answer = process.stdout.readline()
            if not answer:
                raise BudamaError(
                    "the process that times layers ended; the log holds what it printed"
                )
            found: dict[str, Any] = json.loads(answer)
            if "error" in found:
                raise BudamaError(found["error"])
            return found

        try:
            yield profile
        finally:
            process.kill()
            process.communicate()


class _LayersOf:
    """Turns what was profiled into the milliseconds of each layer."""

    def __init__(self, variants: Variants) -> None:
        self._variants = variants
        self._known: LayerTimes | None = None

    def of(self, widths: Trial, found: dict[str, Any]) -> Layers:
        """Return the times of the file with ``widths``, without what the profiler itself takes.

        A small network's layers are not long beside that: it is what a run under the profiler takes
        more than one without, shared among the nodes.
        """
        nodes = [_node(told) for told in found["nodes"]]
        more = sum(node.ms for node in nodes) - found["plain_ms"]
        return self._times_of(widths).of(nodes, max(0.0, more / len(nodes)))

    def _times_of(self, widths: Trial) -> LayerTimes:
        if self._known is None or not self._variants.quick:
            graph, layers = self._variants.graph(widths)
            self._known = LayerTimes(graph, layers.owner)
        return self._known


def _node(told: list[Any]) -> NodeTime:
    """Return a node as JSON tells it, which knows no tuples."""
    name, operator, reads, gives, ms = told
    return NodeTime(name, operator, tuple(reads), tuple(gives), ms)


def _means(found: Sequence[Layers]) -> Layers:
    """Return the mean time of each layer over the dense runs, without the longest quarter."""
    layers = dict.fromkeys(layer for times in found for layer in times)
    counted = len(found) - len(found) // 4
    return {
        layer: float(np.mean(sorted(times.get(layer, 0.0) for times in found)[:counted]))
        for layer in layers
    }


def _noise(runs: Sequence[Layers], groups: Sequence[ChannelGroup]) -> float:
    """Return by how much a group's share of the dense time differs from run to run (SD, median)."""
    shares = [
        [sum(run.get(layer, 0.0) for layer in _touched(group)) / sum(run.values()) for run in runs]
        for group in groups
    ]
    return float(np.median([np.std(share, ddof=1) for share in shares])) if shares else 0.0


def _costs_of(
    group: ChannelGroup,
    plan: Sequence[Trial],
    layers: Sequence[Layers],
    dense: Layers,
    variants: Variants,
) -> GroupCosts:
    """Return what the layers of ``group`` take at each of its widths, as if at the dense speed."""
    own = _touched(group)
    names = [layer for layer in dense if layer in own]
    times = {}
    for widths, found in zip(plan, layers, strict=True):
        if group.name in widths:
            touched = set().union(*(_touched(g) for g in variants.groups if g.name in widths))
            speed = _speed(found, dense, touched)
            times[widths[group.name]] = [_time(layer, found, dense, speed) for layer in names]
    # a layer that has the channels of several groups, side by side, has their savings added up
    outputs = sorted({m.name for m in group.members if m.side == "out" and len(m.own) == m.width})
    return GroupCosts(units=group.units, outputs=outputs, layers=names, times=times)


def _time(layer: str, found: Layers, dense: Layers, speed: float) -> float:
    """Return what a layer takes; one that was not recognised as much as ever, not nothing.

    What only follows a layer may be gone: ONNX Runtime leaves out what it need not do.
    """
    missing = 0.0 if AFTER in layer else dense[layer]
    return found[layer] / speed if layer in found else missing


def _touched(group: ChannelGroup) -> set[str]:
    """Return the layers whose time depends on the group's width, and what follows its producers."""
    producers = (f"{member.name}{AFTER}" for member in group.members if member.side == "out")
    return {*(member.name for member in group.members), *producers}


def _speed(found: Layers, dense: Layers, touched: set[str]) -> float:
    """Return how much longer the machine took for layers that are whole than it does else."""
    whole = [layer for layer in dense if layer not in touched and layer in found]
    usual = sum(dense[layer] for layer in whole)
    return sum(found[layer] for layer in whole) / usual if usual > 0 else 1.0
