"""Folders and the links in them: each is gone into once, whatever leads back to it."""

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
            entries = sorted(folder.iterdir())
        except OSError:
            continue
        if (found.st_dev, found.st_ino) in seen:
            continue
        seen.add((found.st_dev, found.st_ino))
        yield folder
        inside = [path for path in entries if path.name[0] != "." and path.is_dir()]
        waiting.extendleft(path for path in reversed(inside) if not path.is_symlink())
        waiting.extend(path for path in inside if path.is_symlink())


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
