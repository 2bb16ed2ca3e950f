"""One fresh process of a measurement: ``python -m budama.latency.process`` (JSON in, JSON out).

Where a process's memory lies changes its times, so a measurement takes several. This one imports
little, because its start counts.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime

from budama.latency.inputs import example
from budama.latency.providers import Target, open_timed_session
from budama.latency.timing import alternate, timer, warm_up
from budama.system.errors import BudamaError
from budama.system.job.orphans import die_with_parent


def time_pair(
    files: Sequence[Path], targets: Sequence[Target], batch: int, plan: dict[str, Any]
) -> dict[str, Any]:
    """Open two files and time them by turns; ``plan`` gives ``warmup``, ``runs`` and ``seconds``.

    Returns ``blocks``, for each model a list of lists of seconds; ``warmup``, for each model the
    runs before the clock counted and whether they became steady; ``macs``, what each file says of
    itself.
    """
    sessions = [
        open_timed_session(file, target) for file, target in zip(files, targets, strict=True)
    ]
    first, second = (
        timer(session, example(session, batch), target.device)
        for session, target in zip(sessions, targets, strict=True)
    )
    warmup = [warm_up(run, plan["warmup"]) for run in (first, second)]
    blocks = alternate(first, second, plan["runs"], plan["seconds"])
    return {"blocks": blocks, "warmup": warmup, "macs": [told_macs(s) for s in sessions]}


def told_macs(session: onnxruntime.InferenceSession) -> int | None:
    """Return the multiply-accumulates for one image that the file's metadata give."""
    told = session.get_modelmeta().custom_metadata_map.get("macs")
    return int(told) if told else None


def main() -> None:
    """Read the pair from standard input, write the times, or an ``error``, to standard output."""
    die_with_parent()
    given = json.load(sys.stdin)
    files = [Path(file) for file in given["files"]]
    targets = [Target(**target) for target in given["targets"]]
    try:
        found = time_pair(files, targets, given["batch"], given["plan"])
    except BudamaError as error:
        found = {"error": str(error)}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
