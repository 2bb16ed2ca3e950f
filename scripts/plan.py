"""Say what scenarios will cost in time and on disk, before they run."""

import logging
from pathlib import Path

from budama.config.loading import load_config
from budama.system.job.frame import Arguments, run
from budama.system.job.terminal import console
from budama.workflow.plan.estimate import estimate
from budama.workflow.plan.printing import show
from dag import planned

ROOT = Path(__file__).resolve().parents[1]
log = logging.getLogger("budama")


def main(arguments: Arguments) -> None:
    """Print a table per scenario.

    ``settings`` has what the command line changes in the ``config`` and how many ``gpus`` Snakemake
    may use, or null.
    """
    overrides = arguments.settings["config"]
    config = load_config(ROOT, overrides)
    for name in config.wanted:
        with console.status(f"{name}: planning its jobs"):
            jobs = planned([name], overrides)
        with console.status(f"{name}: counting and measuring"):
            plan = estimate(config, name, jobs, Path(), arguments.settings["gpus"])
        log.info("%s: %.0f s in all, %s", name, plan.seconds(left=False), plan.basis)
        show(plan, console)


if __name__ == "__main__":
    run(main, [], description=__doc__)
