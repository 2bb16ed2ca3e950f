"""Say what scenarios will cost in time and on disk, before they run."""

import logging
from pathlib import Path

from budama.system.job.frame import Arguments, run
from budama.system.job.terminal import console
from budama.workflow.configuration import load_config
from budama.workflow.plan.estimate import estimate
from budama.workflow.plan.printing import show

ROOT = Path(__file__).resolve().parents[1]
log = logging.getLogger("budama")


def main(arguments: Arguments) -> None:
    """Print a table per scenario.

    ``settings`` has what the command line changes in the ``config`` and how many ``gpus`` Snakemake
    may use, or null.
    """
    config = load_config(ROOT, arguments.settings["config"])
    for name in config.wanted:
        with console.status(f"{name}: counting and measuring"):
            plan = estimate(config, name, Path(), arguments.settings["gpus"])
        log.info("%s: %.0f s in all, %s", name, plan.seconds(left=False), plan.basis)
        show(plan, console)


if __name__ == "__main__":
    run(main, [], description=__doc__)
