"""Locks in a folder that all users of the machine share: none can spoil another's, nor be fooled.

Only an open file can be locked, so every user must be able to read every lock, whoever made it.
"""

import os
from contextlib import suppress
from pathlib import Path

from budama.system.errors import BudamaError
from budama.system.machine.locks import lock


def make_shared_folder(folder: Path, remedy: str) -> None:
    """Make ``folder``, sticky: everybody may add files to it, and remove only their own.

    Raises ``BudamaError``, which ends with ``remedy``, if that is not possible.
    """
    try:
        with suppress(FileExistsError):
            folder.mkdir(parents=True)
            folder.chmod(0o1777)
    except OSError as error:
        raise BudamaError(f"{folder} cannot be made: {error.strerror}. {remedy}") from error
    if folder.is_symlink() or not folder.is_dir():
        raise BudamaError(f"{folder} must be a folder. {remedy}")


def take_shared_lock(path: Path, remedy: str, *, wait: bool = False) -> int | None:
    """Return ``path`` open and locked, or ``None`` if another process has it; or ``wait`` for it.

    Raises ``BudamaError``, which ends with ``remedy``, if the file cannot be opened or made.
    """
    while True:
        descriptor = _opened(path, remedy)
        if not lock(descriptor, wait=wait):
            os.close(descriptor)
            return None
        if _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)


def _opened(path: Path, remedy: str) -> int:
    """Open the file for reading alone, which suffices, and never what a link leads to."""
    while True:
        verb = "opened"
        try:
            with suppress(FileNotFoundError):
                return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            verb = "made"
            with suppress(FileExistsError):
                made = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
                os.fchmod(made, 0o644)  # whatever the umask: others must be able to read it
                return made
        except OSError as error:
            raise BudamaError(f"{path} cannot be {verb}: {error.strerror}. {remedy}") from error


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the file is the one at ``path``: temporary folders are swept from time to time."""
    try:
        there = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))
