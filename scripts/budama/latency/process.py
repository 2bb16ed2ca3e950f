"""One fresh process of a measurement: ``python -m budama.latency.process`` (JSON in, JSON out).

Where a process's memory lies changes its times, so a measurement takes several. This one imports
little, because its start counts.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from budama.latency.inputs import example
from budama.latency.providers import Target, open_timed_session
from budama.latency.timing import alternate, bind, timer, warm_up
from budama.system.errors import BudamaError
from budama.system.job.orphans import die_with_parent


def time_pair(
    files: Sequence[Path], targets: Sequence[Target], batch: int, plan: dict[str, Any]
) -> dict[str, Any]:
    """Open two files and time them by turns; ``plan`` gives ``warmup``, ``runs`` and ``seconds``.

    Returns ``blocks``, for each model a list of lists of seconds; ``warmup``, for each model the
    runs before the clock counted and whether they became steady.
    """
    sessions = [
        open_timed_session(file, target, batch) for file, target in zip(files, targets, strict=True)
    ]
    first, second = (
        timer(session, example(session, batch), target.device)
        for session, target in zip(sessions, targets, strict=True)
    )
    warmup = [warm_up(run, plan["warmup"]) for run in (first, second)]
    blocks = alternate(first, second, plan["runs"], plan["seconds"])
    return {"blocks": blocks, "warmup": warmup}


def run_once(
    files: Sequence[Path], targets: Sequence[Target], batches: Sequence[int], answers: str
) -> dict[str, Any]:
    """Open and run each file once; return ``errors``, for each what went wrong, or nothing.

    With ``answers``, a folder, what the file numbered N answers is left there as ``N.npz``, and all
    stay open meanwhile, as two do while they are timed; otherwise each is closed before the next.
    """
    errors, opened = [], []
    for number, (file, target, batch) in enumerate(zip(files, targets, batches, strict=True)):
        try:
            session = open_timed_session(file, target, batch)
            binding = bind(session, example(session, batch), target.device)
            session.run_with_iobinding(binding)
            found = binding.copy_outputs_to_cpu()
        except Exception as error:  # a provider may open a file and fail, in its words, to run it
            errors.append(" ".join(str(error).split()))
            continue
        errors.append("")
        if answers:
            opened.append(session)
            np.savez(Path(answers) / f"{number}.npz", *found)
    return {"errors": errors}


def main() -> None:
    """Read what to do from standard input, write what was found to standard output.

    A ``BudamaError`` becomes an ``error`` there.
    """
    die_with_parent()
    given = json.load(sys.stdin)
    work: Callable[..., dict[str, Any]] = time_pair
    if given.pop("work") == "run_once":
        work = run_once
    given["files"] = [Path(file) for file in given["files"]]
    given["targets"] = [Target(**target) for target in given["targets"]]
    try:
        found = work(**given)
    except BudamaError as error:
        found = {"error": str(error)}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
