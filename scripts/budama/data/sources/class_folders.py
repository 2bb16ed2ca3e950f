"""Folders of images, one folder per class, and whatever else lies there."""

import os
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path, PurePath

from budama.data.sources.reasons import INSIDE, Reason, of_name, of_suffix
from budama.system.errors import BudamaError

# of the formats in ``decoding``: a file with another suffix is counted as passed over
IMAGE_SUFFIXES = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
    *(".png", ".apng", ".gif", ".webp", ".avif", ".bmp", ".dib", ".tif", ".tiff", ".ico", ".cur"),
    *(".pbm", ".pgm", ".ppm", ".pnm", ".pfm", ".pcx", ".dcx", ".psd", ".tga", ".dds", ".qoi"),
    *(".sgi", ".rgb", ".rgba", ".bw", ".ras", ".icns", ".msp", ".xbm", ".xpm"),
}


def images_by_class(folder: Path, skipped: Counter[str]) -> dict[str, list[str]]:
    """Return the images under each class folder of ``folder``, as sorted paths relative to it.

    Links are followed, to each folder once, and to none that holds ``folder`` itself. ``skipped``
    gets what is passed over, by the reason in words: what is hidden or of tools, files that are no
    images, class folders without images, and links that are broken or lead back. Raises
    ``BudamaError`` for a name that is not UTF-8 and for a folder that cannot be read.
    """
    whole = folder.resolve()
    above = {_identity(path) for path in (whole, *whole.parents)}
    found, empty = {}, []
    for entry in visible(folder, skipped):
        if not is_folder(entry):
            _is_image(entry, skipped, Reason.BESIDE_CLASSES)
        elif images := sorted(_images_under(entry, folder, set(above), skipped)):
            found[entry.name] = images
        else:
            empty.append(os.fsencode(entry.name).decode(errors="replace"))
    if empty:
        skipped[Reason.EMPTY_CLASSES.of(empty)] += len(empty)
    return found


def visible(folder: str | Path, skipped: Counter[str]) -> Iterator["os.DirEntry[str]"]:
    """Yield what lies in ``folder`` in the order of names, without what is hidden or of tools."""
    for entry in _entries(folder):
        reason = of_name(entry.name, folder=is_folder(entry))
        if reason is None:
            yield entry
            continue
        skipped[reason] += 1
        if reason in INSIDE and (inside := _images_inside(entry.path)):
            skipped[INSIDE[reason][0]] += inside


def passed_over(folder: Path) -> str:
    """Return in brackets what ``images_by_class`` passes over; nothing if there is nothing."""
    skipped: Counter[str] = Counter()
    images_by_class(folder, skipped)
    told = (f"{reason}: {number:,}" for reason, number in skipped.most_common())
    return f" (passed over: {'; '.join(told)})" if skipped else ""


def is_folder(entry: "os.DirEntry[str]") -> bool:
    """Whether an entry is a folder, or a link to one that exists."""
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def has_image_suffix(name: str) -> bool:
    """Whether a file's name is that of an image."""
    return PurePath(name).suffix.lower() in IMAGE_SUFFIXES


def _images_under(
    start: "os.DirEntry[str]", folder: Path, seen: set[tuple[int, int]], skipped: Counter[str]
) -> Iterator[str]:
    prefix = os.path.join(folder, "")  # noqa: PTH118 - with the slash at its end
    waiting = deque([start])
    while waiting:
        parent = waiting.popleft()
        if (identity := _identity(parent)) in seen:
            skipped[Reason.LINKS_AGAIN] += 1
            continue
        seen.add(identity)
        for entry in visible(parent.path, skipped):
            if not is_folder(entry):
                if _is_image(entry, skipped):
                    yield _as_text(entry.path.removeprefix(prefix), folder)
            elif entry.is_symlink():
                waiting.append(entry)
            else:  # before any link: what a link leads to may be one of these
                waiting.appendleft(entry)


def _is_image(entry: "os.DirEntry[str]", skipped: Counter[str], why_not: str = "") -> bool:
    """Whether a file is an image, and nothing (``why_not``) speaks against it."""
    reason = why_not
    if entry.is_symlink() and not _leads_somewhere(entry):
        reason = Reason.BROKEN_LINKS
    elif not has_image_suffix(entry.name):
        reason = of_suffix(entry.name)
    elif not entry.is_file():
        reason = Reason.NO_FILES
    if reason:
        skipped[reason] += 1
    return not reason


def _leads_somewhere(entry: "os.DirEntry[str]") -> bool:
    try:
        entry.stat()
    except OSError:
        return False
    return True


def _images_inside(folder: str) -> int:
    """Return how many images lie at any depth of a folder that is passed over."""
    return sum(
        has_image_suffix(name)
        for _, _, names in os.walk(folder, onerror=None, followlinks=False)
        for name in names
    )


def _entries(folder: str | Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise _unreadable(folder, error) from error


def _identity(path: "os.DirEntry[str] | Path") -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return found.st_dev, found.st_ino


def _unreadable(folder: "os.PathLike[str] | str", error: OSError) -> BudamaError:
    return BudamaError(f"{os.fspath(folder)}: cannot be read: {error.strerror}")


def _as_text(key: str, folder: Path) -> str:
    try:
        key.encode()
    except UnicodeEncodeError as error:
        raise BudamaError(
            f"{folder}: the name {os.fsencode(key)!r} is not UTF-8; rename the file or its folder"
        ) from error
    return key
