"""What a long measurement has found so far: one line of JSON each, so that it can go on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from budama.system.files.atomic import explained, write_text


class Journal:
    """The entries of ``path`` that belong to ``key``; a file of another key begins anew.

    An entry is on disk when ``append`` returns. A last line that an interruption cut short does not
    count.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._entries = _read(path, key)
        lines = [{"key": key}, *self._entries]
        write_text(path, "".join(json.dumps(line) + "\n" for line in lines))
        with explained(path):
            self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)

    def append(self, entry: Any) -> None:
        """Add an entry; raises ``BudamaError`` if it cannot be written."""
        with explained(self._path):
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()
        self._entries.append(entry)


def _read(path: Path, key: str) -> list[Any]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    found: list[Any] = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found[1:] if found[:1] == [{"key": key}] else []
