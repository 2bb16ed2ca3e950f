"""Say what this machine has, and what of the configuration cannot run on it."""

import logging
from pathlib import Path

from budama.system.job.frame import Arguments, run
from budama.system.job.terminal import console
from budama.workflow.configuration import load_config
from budama.workflow.doctor.examination import examine
from budama.workflow.doctor.printing import conclude, show

ROOT = Path(__file__).resolve().parents[1]
log = logging.getLogger("budama")


def main(arguments: Arguments) -> None:
    """Print the report; ``settings`` are what the command line changes in the config."""
    config = load_config(ROOT, arguments.settings)
    with console.status("looking at this machine"):
        findings = examine(config, arguments.requirements, Path("results"))
    for finding in findings:
        log.info("%s: %s: %s %s", *vars(finding).values())
    show(findings, console)
    conclude(findings, config.wanted, console)


if __name__ == "__main__":
    run(main, ["requirements"], description=__doc__)
