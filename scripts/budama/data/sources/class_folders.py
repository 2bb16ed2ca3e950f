"""Folders of images, one folder per class."""

import os
from collections.abc import Iterator
from pathlib import Path

from budama.system.errors import BudamaError

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"}


def images_by_class(folder: Path) -> dict[str, list[str]]:
    """Return the images under each class folder of ``folder``, as sorted paths relative to it.

    Hidden folders are not classes. Raises ``BudamaError`` for a name that is not UTF-8.
    """
    return {
        entry.name: sorted(_images_under(folder, entry))
        for entry in sorted(folder.iterdir())
        if entry.is_dir() and not entry.name.startswith(".")
    }


def _images_under(folder: Path, class_folder: Path) -> Iterator[str]:
    for parent, _, names in os.walk(class_folder):
        for name in names:
            if Path(name).suffix.lower() in IMAGE_SUFFIXES:
                yield _as_text(str(Path(parent, name).relative_to(folder)), folder)


def _as_text(key: str, folder: Path) -> str:
    try:
        key.encode()
    except UnicodeEncodeError as error:
        raise BudamaError(
            f"{folder}: the name {os.fsencode(key)!r} is not UTF-8; rename the file or its folder"
        ) from error
    return key
