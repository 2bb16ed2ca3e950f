"""Folders and the links in them: each is gone into once, whatever leads back to it."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path


def folders_under(start: Path) -> Iterator[Path]:
    """Yield ``start`` and every folder below, without hidden ones; real ones before linked ones.

    What cannot be read is left out.
    """
    waiting, seen = deque([start]), set()
    while waiting:
        folder = waiting.popleft()
        try:
            found = folder.stat()
            with os.scandir(folder) as entries:  # asks for no file's state: there may be millions
                inside = sorted((e.name, e.is_symlink()) for e in entries if _is_visible_folder(e))
        except OSError:
            continue
        if (found.st_dev, found.st_ino) in seen:
            continue
        seen.add((found.st_dev, found.st_ino))
        yield folder
        waiting.extendleft(folder / name for name, linked in reversed(inside) if not linked)
        waiting.extend(folder / name for name, linked in inside if linked)


def _is_visible_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return not entry.name.startswith(".") and entry.is_dir()
    except OSError:  # a link to itself
        return False


def matching(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """Yield the files under ``folder`` that a pattern's ``parts`` match; ``**`` is any folders.

    Only a part that begins with a dot matches what is hidden. A file may come twice.
    """
    head, *rest = parts
    if head == "**":
        for inner in folders_under(folder):
            yield from matching(inner, rest)
        return
    for path in folder.glob(head):
        if path.name[0] == "." and head[0] != ".":
            continue
        if rest and path.is_dir():
            yield from matching(path, rest)
        elif not rest and path.is_file():
            yield path


def matches(path: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a pattern's ``parts`` match those of a path, which need not exist."""
    if not parts:
        return not path
    head, *rest = parts
    if head == "**":
        return any(matches(path[start:], rest) for start in range(len(path)))
    return bool(path) and fnmatchcase(path[0], head) and matches(path[1:], rest)
