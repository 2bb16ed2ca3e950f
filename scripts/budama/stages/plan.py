"""What scenarios will cost in time and on disk, before they run."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from budama.system.job.terminal import console
from budama.workflow.configuration import load_config
from budama.workflow.jobs import PlannedJob
from budama.workflow.plan.estimate import estimate
from budama.workflow.plan.printing import show

ROOT = Path(__file__).resolve().parents[3]
log = logging.getLogger("budama")


def plan(
    planned: Callable[[list[str], dict[str, Any]], list[PlannedJob]],
    *,
    config: dict[str, Any],
    gpus: int | None,
) -> None:
    """Print a table for each scenario on the terminal.

    ``planned`` returns the jobs of targets, ``config`` is what the command line changes in the
    configuration, ``gpus`` how many of them Snakemake may use, ``None`` if nothing limits them.
    """
    wanted = load_config(ROOT, config)
    for name in wanted.wanted:
        with console.status(f"{name}: planning its jobs"):
            jobs = planned([name], config)
        with console.status(f"{name}: counting and measuring"):
            found = estimate(wanted, name, jobs, Path(), gpus)
        log.info("%s: %.0f s in all, %s", name, found.seconds(left=False), found.basis)
        show(found, console)
