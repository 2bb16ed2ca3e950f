"""Locks that the kernel frees when their process has ended, however it ended.

All of the library's locks are taken here. filelock would do the same, and importing it takes 0.13 s
of every job.
"""

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

# some network file systems cannot lock
_UNSUPPORTED = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


def lock(descriptor: int, *, shared: bool = False, wait: bool = False) -> bool:
    """Lock an open file until it is closed; return ``False`` if another process has it locked.

    A ``shared`` lock keeps off only those that want the file alone; it may take the place of a lock
    that this process has already. With ``wait``, wait until the file is free.
    Raises ``OSError`` where files cannot be locked.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def take_lock(path: Path, *, wait: bool = False) -> int | None:
    """Lock ``path``, made if missing, for as long as this process or a fork of it lives.

    Return the descriptor that holds the lock, and frees it when closed; ``None`` if another process
    has it, unless this one is to ``wait``. Raises ``OSError`` where files cannot be locked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        locked = lock(descriptor, wait=wait)
    except OSError:
        os.close(descriptor)
        raise
    if not locked:
        os.close(descriptor)
        return None
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
