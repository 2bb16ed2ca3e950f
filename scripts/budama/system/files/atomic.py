"""Files that are either whole or absent: written beside their place, flushed, then renamed."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from budama.system.errors import BudamaError

if TYPE_CHECKING:
    import pandas as pd

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EDQUOT: "your disk quota is used up; free some space and run again",
    errno.EFBIG: "the file would pass the size limit set for this process (ulimit -f)",
    errno.EACCES: "you may not write there; check the folder's owner and permissions",
    errno.EPERM: "you may not write there; check the folder's owner and permissions",
    errno.EROFS: "the file system is read-only; choose another place for the results",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` from writing ``path`` into a ``BudamaError`` that says what to do."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise BudamaError(f"cannot write {path}: {reason}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; flushed, it takes ``path``'s place at the end.

    Raises ``BudamaError`` if the file cannot be written. After an error, what stood at ``path`` is
    untouched.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        try:
            yield part
            with part.open("r+b") as file:
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _remove_leftovers(path: Path) -> None:
    """Remove what processes that were killed have left of ``path``."""
    for part in path.parent.glob(f".{escape(path.name)}.*.part"):
        process = part.name.split(".")[-2]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            part.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` so that a reader sees the old file or the new one, never a part.

    Raises ``BudamaError`` if the file cannot be written; what stood at ``path`` is then untouched.
    """
    with replacing(path) as part:
        part.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, atomically."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON, atomically; NaN and infinities are refused."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_csv(path: Path, table: "pd.DataFrame") -> None:
    """Write ``table`` without its index as CSV, atomically."""
    write_text(path, table.to_csv(index=False, lineterminator="\n"))


def write_parquet(path: Path, table: "pd.DataFrame") -> None:
    """Write ``table`` without its index as Parquet, atomically."""
    buffer = BytesIO()
    table.to_parquet(buffer, index=False)
    write_bytes(path, buffer.getvalue())


def check_writable(folder: Path) -> None:
    """Raise ``BudamaError`` unless a file can be made in ``folder``, which is made if missing."""
    write_bytes(folder / ".writable", b"")
    (folder / ".writable").unlink()
