"""A process that profiles ONNX files one after the other: ``python -m budama.latency.profiling``.

Each line of standard input asks for a file, each line of standard output answers (JSON).
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from budama.latency.events import node_times
from budama.latency.inputs import example
from budama.latency.providers import Target, open_timed_session, profile
from budama.latency.timing import timer
from budama.system.errors import BudamaError
from budama.system.job.orphans import die_with_parent

# A file is run so long, and so many times at least and at most
SECONDS = 0.3
LEAST_RUNS = 8
MOST_RUNS = 100


def profiled(file: Path, target: Target, batch: int) -> dict[str, Any]:
    """Return the nodes of ``file``, and the milliseconds of a run without the profiler."""
    session = open_timed_session(file, target, batch)
    run = timer(session, example(session, batch), target.device)
    first = min(run() for _ in range(3))
    runs = int(np.clip(SECONDS / max(first, 1e-6), LEAST_RUNS, MOST_RUNS))
    plain = float(np.median([run() for _ in range(runs)]))
    del run, session
    nodes = node_times(profile(file, target, batch, runs))
    return {"plain_ms": 1e3 * plain, "nodes": nodes}


def main() -> None:
    """Answer every line."""
    die_with_parent()
    for line in sys.stdin:
        given = json.loads(line)
        try:
            found = profiled(Path(given["file"]), Target(**given["target"]), given["batch"])
        except BudamaError as error:
            found = {"error": str(error)}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
