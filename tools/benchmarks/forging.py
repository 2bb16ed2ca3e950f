"""Snakemake, but every job is taken for done: its outputs are made empty, its records as if it ran.

``python -m tools.benchmarks.forging SNAKEMAKE'S ARGUMENTS``. What it leaves is a finished tree of
any size in a minute or two, for which ``snakemake`` must find nothing to do. The last line that it
prints counts what there is, as JSON.
"""

import json
import sys
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

from snakemake.cli import main
from snakemake.io import is_flagged
from snakemake.scheduling.job_scheduler import JobScheduler


def forge(scheduler: Any) -> bool:
    """Finish every job of the DAG, inputs before outputs; stands in for running them."""
    workflow = scheduler.workflow
    jobs = [job for job in chain(*workflow.dag.toposorted()) if job.output]
    for output in chain.from_iterable(job.output for job in jobs):
        _make(Path(output), directory=is_flagged(output, "directory"))
    # an input's checksum is needed once per output that is made from it: nothing changes now
    workflow.iocache.active = True
    workflow.async_run(_record(workflow.persistence, jobs))
    print(json.dumps(_counted(jobs)))
    return True


def _make(path: Path, *, directory: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if directory:
        path.mkdir(exist_ok=True)
    else:
        path.touch()


async def _record(persistence: Any, jobs: list[Any]) -> None:
    for job in jobs:
        await persistence.finished(job)


def _counted(jobs: list[Any]) -> dict[str, int]:
    """Return the numbers of jobs, cells, files, inputs of all jobs, and of those that are code."""
    rules = Counter(job.rule.name for job in jobs)
    code = sum(1 for job in jobs for file in job.input if Path(file).suffix in (".py", ".txt"))
    return {
        "jobs": len(jobs),
        "cells": rules["finetune"],
        "outputs": sum(len(job.output) for job in jobs),
        "inputs": sum(len(job.input) for job in jobs),
        "code": code,
    }


if __name__ == "__main__":
    JobScheduler.schedule = forge
    main(sys.argv[1:])
