"""What this machine has, and what of the configuration cannot run on it."""

import logging
from pathlib import Path
from typing import Any

from budama.config import places
from budama.system.job.terminal import console
from budama.workflow.configuration import load_config
from budama.workflow.doctor.examination import examine
from budama.workflow.doctor.printing import conclude, show

ROOT = Path(__file__).resolve().parents[3]
log = logging.getLogger("budama")


def doctor(*, config: dict[str, Any], requirements: Path) -> None:
    """Print what was found on the terminal.

    ``config`` is what the command line changes in the configuration, ``requirements`` the list of
    pinned packages. Raises ``BudamaError`` if something that is wanted cannot run.
    """
    wanted = load_config(ROOT, config)
    with console.status("looking at this machine") as status:
        findings = examine(wanted, requirements, Path(places.RESULTS), status.update)
    for finding in findings:
        log.info("%s: %s: %s %s", *vars(finding).values())
    show(findings, console)
    conclude(findings, wanted.wanted, console)
