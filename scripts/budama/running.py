"""Whether a workflow is at work in a folder, and what one that was killed has left there.

Snakemake's own locks are files, which outlive it.
"""

import os
import socket
from pathlib import Path

import psutil

from budama.locks import take_lock

LOCK = Path(".snakemake/running.lock")
SNAKEMAKES_LOCKS = Path(".snakemake/locks")


def say_that_it_runs() -> None:
    """Hold ``LOCK`` until this process ends; it tells machine and process."""
    try:
        descriptor = take_lock(LOCK)
    except OSError:  # cannot be locked here: then it is no proof of anything
        return
    if descriptor is not None:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{socket.gethostname()} {os.getpid()}\n".encode())


def forget_a_killed_run() -> None:
    """Remove the locks of a run that was killed on this machine, and only those.

    Locks that are younger than this process are left: their run may just have started.
    """
    found = list(SNAKEMAKES_LOCKS.glob("*"))
    if not found or not LOCK.is_file():
        return
    host, _, _ = LOCK.read_text(encoding="utf-8").partition(" ")
    try:
        descriptor = take_lock(LOCK) if host == socket.gethostname() else None
    except OSError:
        return
    if descriptor is None:
        return
    started = psutil.Process().create_time()
    for lock in found:
        if lock.stat().st_mtime < started:
            lock.unlink(missing_ok=True)
    os.close(descriptor)
