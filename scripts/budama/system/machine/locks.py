"""Locks that the kernel frees when their process has ended, however it ended."""

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

# some network file systems cannot lock
_UNSUPPORTED = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


def take_lock(path: Path, *, wait: bool = False) -> int | None:
    """Lock ``path``, made if missing, for as long as this process or a fork of it lives.

    Return the descriptor that holds the lock, and frees it when closed; ``None`` if another process
    has it, unless this one is to ``wait``. Raises ``OSError`` where files cannot be locked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def await_lock(path: Path, say: Callable[[], None]) -> None:
    """Lock ``path`` as soon as it is free; if it is not, ``say`` so. Not where nothing can lock."""
    try:
        if take_lock(path) is None:
            say()
            take_lock(path, wait=True)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
