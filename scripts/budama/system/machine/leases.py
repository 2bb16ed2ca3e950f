"""Leases of GPUs: no two jobs of a machine use one device.

A lease is a lock on a file that stands for the device. The kernel holds it for as long as a process
has the file open, and gives it up however that process ends. Imports little: it starts every job.
"""

import os
import sys
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from budama.system.errors import BudamaError
from budama.system.machine.gpus import VISIBLE, visible_gpus
from budama.system.machine.shared_locks import make_shared_folder, take_shared_lock

# One folder for all who use the machine, whatever their TMPDIR: they share its devices, too.
FOLDER = "/tmp/budama-leases"
FOLDER_VARIABLE = "BUDAMA_LEASES"
ORDER = "CUDA_DEVICE_ORDER"
POLL_S = 0.2
REMEDY = (
    "It is for the locks of the GPUs, which every user must be able to read: remove it, or name "
    f"another folder in {FOLDER_VARIABLE}"
)


def run_leased(number: int, command: Sequence[str]) -> None:
    """Become ``command`` with ``number`` devices of its own; waits until so many are free.

    ``command`` sees only its devices, in ``CUDA_VISIBLE_DEVICES``, and holds the leases for as long
    as it lives: its processes that are started anew (spawn, subprocess) do not inherit them, those
    that are forked end with it. Where there is no device at all, it runs as it is and decides by
    itself whether it can do without one. Raises ``BudamaError`` if there are fewer than ``number``.
    """
    devices = visible_gpus()
    if devices:
        leased = lease(devices, number, Path(os.environ.get(FOLDER_VARIABLE) or FOLDER))
        for descriptor in leased.values():
            os.set_inheritable(descriptor, True)
        if VISIBLE not in os.environ:
            # ours are numbered as nvidia-smi does it, and not by speed, which is CUDA's default
            os.environ[ORDER] = "PCI_BUS_ID"
        os.environ[VISIBLE] = ",".join(leased)
    try:
        os.execvp(command[0], list(command))
    except OSError as error:
        raise BudamaError(f"{command[0]} cannot be started: {error.strerror}") from error


def lease(devices: Sequence[str], number: int, folder: Path) -> dict[str, int]:
    """Return ``number`` of ``devices``, each with the open file that holds its lease.

    Each device has a queue. Who wants several stands in those of all devices that it may use, so
    that it is not passed over for ever; who wants one goes where there is no queue, and waits for
    nobody while a device is free there. Among those who may use the same devices that is one queue.
    ``folder`` has the locks. Raises ``BudamaError`` if there are fewer than ``number`` devices, or
    if the locks cannot be opened.
    """
    if number > len(devices):
        raise BudamaError(
            f"{number} GPUs are wanted and {len(devices)} can be used here "
            f"({', '.join(devices)}); set compute.processes to {len(devices)} at most"
        )
    make_shared_folder(folder, REMEDY)
    turns: dict[str, int] = {}
    leased: dict[str, int] = {}
    try:
        for attempt in count():
            _queue(devices, number, folder, turns, wait=attempt > 1)
            leased = _take([device for device in devices if device in turns], number, folder)
            if leased:
                break
            if attempt == 1:  # the first may have met others that were just taking theirs
                print(
                    f"waiting for a GPU: {number} of {', '.join(devices)} wanted, which others use "
                    "or have waited longer for",
                    file=sys.stderr,
                    flush=True,
                )
            time.sleep(POLL_S)
    finally:
        for turn in turns.values():
            os.close(turn)
    return leased


def _queue(
    devices: Sequence[str], number: int, folder: Path, turns: dict[str, int], *, wait: bool
) -> None:
    """Add to ``turns`` the heads of queues that are free; who wants several may ``wait`` for them.

    Those who wait hold no device, and go through the queues in one order: no two wait for each
    other.
    """
    several = number > 1
    for device in sorted(devices) if several else devices:
        if device in turns:
            continue
        turn = take_shared_lock(_file(folder, f"{device}.turn"), REMEDY, wait=wait and several)
        if turn is not None:
            turns[device] = turn
        elif several:
            return


def _take(devices: Sequence[str], number: int, folder: Path) -> dict[str, int]:
    """Return ``number`` leases of the devices that are free, or none at all if they are fewer."""
    held: dict[str, int] = {}
    for device in devices:  # in the user's order: the first is the one that is wanted most
        if len(held) == number:
            break
        descriptor = take_shared_lock(_file(folder, f"{device}.lock"), REMEDY)
        if descriptor is not None:
            held[device] = descriptor
    if len(held) < number:
        for descriptor in held.values():
            os.close(descriptor)
        return {}
    return held


def _file(folder: Path, name: str) -> Path:
    # SLURM numbers the devices of every job from 0: the same number is another device there
    job = os.environ.get("SLURM_JOB_ID")
    return folder / (f"slurm{job}-{name}" if job else name).replace("/", "_")
