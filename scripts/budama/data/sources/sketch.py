"""What the folders of a dataset look like, in a few lines of a message."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from budama.data.sources.class_folders import has_image_suffix, is_folder, visible
from budama.system.errors import BudamaError

_SHOWN = 3  # folders of each folder
_DEPTH = 3


def sketch(root: Path) -> str:
    """Return the first folders under ``root``, three deep, with what lies in each of them."""
    return "\n".join(["The folders look like this:", f"  {root}/", *_below(root, 1)])


def _below(folder: str | Path, depth: int) -> Iterator[str]:
    indent = "  " * (depth + 1)
    try:
        entries = list(visible(folder, Counter()))
    except BudamaError:
        yield f"{indent}(cannot be read)"
        return
    folders = [entry for entry in entries if is_folder(entry)]
    for entry in folders[:_SHOWN]:
        inside = "" if depth < _DEPTH else _count(entry.path)
        yield f"{indent}{os.fsencode(entry.name).decode(errors='replace')}/{inside}"
        if depth < _DEPTH:
            yield from _below(entry.path, depth + 1)
    if len(folders) > _SHOWN:
        yield f"{indent}... and {len(folders) - _SHOWN:,} more folders"
    files = [entry.name for entry in entries if not is_folder(entry)]
    if files:
        yield f"{indent}{_words(files)}"


def _count(folder: str) -> str:
    try:
        entries = list(visible(folder, Counter()))
    except BudamaError:
        return " (cannot be read)"
    folders = sum(map(is_folder, entries))
    files = [entry.name for entry in entries if not is_folder(entry)]
    parts = ([_plural(folders, "folder")] if folders else []) + ([_words(files)] if files else [])
    return f" {', '.join(parts) or '(empty)'}"


def _words(files: list[str]) -> str:
    images = sum(map(has_image_suffix, files))
    parts = ((images, "image"), (len(files) - images, "other file"))
    return ", ".join(_plural(number, what) for number, what in parts if number)


def _plural(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
