"""Leases of GPUs: no two jobs of a machine use one device.

A lease is a lock on a file that stands for the device. The kernel holds it for as long as a process
has the file open, and gives it up however that process ends. Imports little: it starts every job.
"""

import fcntl
import os
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

from budama.system.errors import BudamaError

# One folder for all who use the machine, whatever their TMPDIR: they share its devices, too.
FOLDER = "/tmp/budama-leases"
FOLDER_VARIABLE = "BUDAMA_LEASES"
VISIBLE = "CUDA_VISIBLE_DEVICES"
ORDER = "CUDA_DEVICE_ORDER"
POLL_S = 0.2


def run_leased(number: int, command: Sequence[str]) -> None:
    """Become ``command`` with ``number`` devices of its own; waits until so many are free.

    ``command`` sees only its devices, in ``CUDA_VISIBLE_DEVICES``, and holds the leases for as long
    as it lives: its processes that are started anew (spawn, subprocess) do not inherit them, those
    that are forked end with it. Where there is no device at all, it runs as it is: whether it can
    do without one is its own affair. Raises ``BudamaError`` if there are fewer than ``number``.
    """
    devices = visible_devices(os.environ)
    if devices:
        leased = lease(devices, number, folder())
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


def visible_devices(environment: "os._Environ[str] | dict[str, str]") -> list[str]:
    """Return the devices that a job may use, as CUDA names them: numbers or UUIDs.

    Those in ``CUDA_VISIBLE_DEVICES`` where it is set (by the user or by SLURM), or else all.
    """
    if VISIBLE not in environment:
        number = sum(path.name[len("nvidia") :].isdecimal() for path in _device_files())
        return [str(index) for index in range(number)]
    named = [name.strip() for name in environment[VISIBLE].split(",")]
    # as CUDA reads it: what stands behind an invalid name does not exist
    invalid = (place for place, name in enumerate(named) if name in ("", "-1", "NoDevFiles"))
    return list(dict.fromkeys(named[: next(invalid, len(named))]))


def lease(devices: Sequence[str], number: int, place: Path) -> dict[str, int]:
    """Return ``number`` of ``devices``, each with the open file that holds its lease.

    Takes the first that are free and waits for the rest. ``place`` is the folder of the locks.
    Raises ``BudamaError`` if there are fewer than ``number`` devices, or if the locks cannot be
    opened.
    """
    if number > len(devices):
        raise BudamaError(
            f"{number} GPUs are wanted and {len(devices)} can be used here "
            f"({', '.join(devices)}); set compute.processes to {len(devices)} at most"
        )
    _make_folder(place)
    turns: dict[str, int] = {}
    held: dict[str, int] = {}
    try:
        for attempt in count():
            _take_free(devices, number, place, turns, held)
            if len(held) == number:
                break
            if attempt == 1:  # the first may have met others that were just taking theirs
                print(
                    f"waiting for a GPU: of the {number} wanted among {', '.join(devices)}, others "
                    f"use {number - len(held)} or have waited longer for them",
                    file=sys.stderr,
                    flush=True,
                )
            time.sleep(POLL_S)
    finally:
        for turn in turns.values():
            os.close(turn)
    # as CUDA is to number them, whichever was free first
    return {device: held[device] for device in devices if device in held}


def _take_free(
    devices: Sequence[str], number: int, place: Path, turns: dict[str, int], held: dict[str, int]
) -> None:
    """Add to ``held`` the devices that are free, up to ``number``, and to ``turns`` their turns.

    Who waits for a device keeps the turn to take it, so that one that wants many is not passed over
    for ever. Those that want several take turns in one order, so that no two hold what the other
    waits for; one that wants a single device takes any: it holds none while it waits.
    """
    for device in devices if number == 1 else sorted(devices):
        if len(held) == number:
            return
        if device not in turns:
            turn = _locked(_lock_file(place, device, "turn"))
            if turn is None and number == 1:
                continue
            if turn is None:
                return
            turns[device] = turn
        if device not in held:
            descriptor = _locked(_lock_file(place, device, "lock"))
            if descriptor is not None:
                held[device] = descriptor


def folder() -> Path:
    """Return where the locks are: ``BUDAMA_LEASES`` or the machine's own place."""
    return Path(os.environ.get(FOLDER_VARIABLE) or FOLDER)


def _device_files() -> Iterable[Path]:
    return Path("/dev").glob("nvidia[0-9]*")


def _lock_file(place: Path, device: str, kind: str) -> Path:
    # SLURM numbers the devices of every job from 0: the same number is another device there
    job = os.environ.get("SLURM_JOB_ID")
    name = f"slurm{job}-{device}" if job else device
    return place / f"{name.replace('/', '_')}.{kind}"


def _make_folder(place: Path) -> None:
    """Make the folder that all users of the machine share; sticky, so that they only add to it."""
    try:
        with suppress(FileExistsError):
            place.mkdir(parents=True)
            place.chmod(0o1777)
    except OSError as error:
        raise BudamaError(
            f"{place} cannot be made: {error.strerror}. It is to hold the locks of the GPUs; name "
            f"another folder in {FOLDER_VARIABLE}"
        ) from error
    if place.is_symlink() or not place.is_dir():
        raise BudamaError(
            f"{place} must be a folder: it holds the locks of the GPUs. Remove it, or name another "
            f"folder in {FOLDER_VARIABLE}"
        )


def _locked(path: Path) -> int | None:
    """Return ``path`` open and locked, or ``None`` where another process has it."""
    while True:
        descriptor = _opened(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(path, descriptor):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Open the file of a lock for reading alone, which suffices; another user may have made it."""
    while True:
        try:
            return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise BudamaError(
                f"{path} cannot be opened: {error.strerror}. It is the lock of a GPU, and every "
                f"user must be able to read it: remove it, or name another folder in "
                f"{FOLDER_VARIABLE}"
            ) from error
        try:
            made = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        except FileExistsError:
            continue
        except OSError as error:
            raise BudamaError(
                f"{path} cannot be made: {error.strerror}. It is the lock of a GPU; name a folder "
                f"where you may write in {FOLDER_VARIABLE}"
            ) from error
        os.fchmod(made, 0o644)  # whatever the umask: others must be able to read it
        return made


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the file is the one at ``path``: temporary folders are swept from time to time."""
    try:
        there = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))
