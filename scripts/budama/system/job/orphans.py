"""A job ends with the workflow that started it.

After ``kill -9`` of Snakemake its jobs go on, and a second run would start the same ones again.
"""

import ctypes
import os
import signal
import threading
import time

import psutil

# The process of the workflow, which rules/common.smk names in every job's environment
WORKFLOW = "BUDAMA_WORKFLOW"
_EVERY_S = 0.5


def end_with_the_workflow() -> None:
    """Send this process SIGTERM once the workflow or its own parent is gone.

    Training saves its state then. A process that no workflow has started is left alone.
    """
    if WORKFLOW not in os.environ:
        return
    try:
        workflow = psutil.Process(int(os.environ[WORKFLOW]))
    except psutil.NoSuchProcess:
        os.kill(os.getpid(), signal.SIGTERM)
        return
    threading.Thread(target=_watch, args=(workflow, os.getppid()), daemon=True).start()


def _watch(workflow: psutil.Process, parent: int) -> None:
    while is_alive(workflow) and os.getppid() == parent:
        time.sleep(_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process is there and no zombie: not every init waits for those that ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent is gone (Linux): it writes no file."""
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
