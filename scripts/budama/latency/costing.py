"""How a table of costs is measured: every width of every group, in files that are profiled."""

import hashlib
import json
import logging
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from budama.latency.environment import as_shipped
from budama.latency.layers import LayerTimes, NodeTime
from budama.latency.providers import Target
from budama.pruning.groups import ChannelGroup
from budama.pruning.timed.grid import Trial, trials
from budama.pruning.timed.table import AFTER, CostTable, Device, GroupCosts
from budama.pruning.timed.variants import Variants
from budama.system.errors import BudamaError
from budama.system.files.journal import Journal
from budama.system.job.progress import track

log = logging.getLogger("budama")
# The dense file is profiled first, and again after so many trials
DENSE_FIRST = 4
DENSE_EVERY = 10
# A provider that runs the whole network as one node shows no layers: those of its neighbour tell
# what layers cost beside each other; how long the whole takes is always measured on its own
_SHOWS_LAYERS = {"TensorRT": "CUDA", "OpenVINO": "CPU"}
Layers = dict[str, float]


def measure_costs(
    variants: Variants, target: Target, device: Device, dense_sha256: str, journal: Path
) -> CostTable:
    """Return the table of costs of ``variants`` on ``target``.

    What is measured goes to ``journal`` at once, and what is there is not measured again: an
    interrupted table goes on.
    Raises ``BudamaError`` if a file cannot run there.
    """
    start = time.monotonic()
    plan = list(_plan(variants.groups))
    key = hashlib.sha256(json.dumps([dense_sha256, device.model_dump(), plan]).encode()).hexdigest()
    with Journal(journal, key) as done, _profiler(variants, target) as profile:
        for widths in track(plan[len(done) :], len(plan) - len(done), "costs", "files"):
            done.append(profile(widths))
        seen = list(done)
    return _table(variants.groups, plan, seen, device, dense_sha256, time.monotonic() - start)


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
def _profiler(variants: Variants, target: Target) -> Iterator[Callable[[Trial], dict[str, Any]]]:
    """Yield what profiles the file of some widths, in a process that holds nothing of torch."""
    shown = replace(target, provider=_SHOWS_LAYERS.get(target.provider, target.provider))
    # kernels of a GPU are only waited for, and so only timed one by one, where launches block
    environment = as_shipped() | {"CUDA_LAUNCH_BLOCKING": "1"}
    command = [sys.executable, "-m", "budama.latency.profiling"]
    with (
        tempfile.TemporaryDirectory(prefix="budama-costs-") as folder,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        ) as process,
    ):
        file = Path(folder) / "model.onnx"

        def profile(widths: Trial) -> dict[str, Any]:
            content = variants.file(widths)
            file.write_bytes(content)
            asked = {"file": str(file), "target": asdict(shown), "batch": variants.batch}
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
            if not line:
                raise BudamaError(
                    "the process that profiles layers ended; the log holds what it printed"
                )
            found: dict[str, Any] = json.loads(line)
            if "error" in found:
                raise BudamaError(found["error"])
            return found

        try:
            yield profile
        finally:
            process.kill()
