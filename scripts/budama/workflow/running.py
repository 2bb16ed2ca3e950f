"""Whether a workflow is at work in a folder, and what one that was killed has left there.

Snakemake's own locks are files, which outlive it. ``LOCK`` is shared by all that have read the
workflow, until they end; who has it alone knows that the others are gone.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path

from budama.system.machine.locks import lock

LOCK = Path(".snakemake/running.lock")
SNAKEMAKES_LOCKS = Path(".snakemake/locks")


def enter() -> None:
    """Share ``LOCK`` until this process ends; remove the locks of a run that was killed.

    Only where nobody else shares it, and the run was on this machine: some file systems do not tell
    of locks elsewhere.
    """
    with suppress(OSError):  # cannot be written or locked here: then nothing is known
        LOCK.parent.mkdir(exist_ok=True)
        descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        here = ("", socket.gethostname())
        if lock(descriptor) and os.read(descriptor, 1000).decode() in here:
            for left in SNAKEMAKES_LOCKS.glob("*"):
                left.unlink(missing_ok=True)
        lock(descriptor, shared=True, wait=True)


def say_where_it_runs() -> None:
    """Write into ``LOCK`` on which machine the workflow is at work."""
    with suppress(OSError):
        LOCK.write_text(socket.gethostname(), encoding="utf-8")
