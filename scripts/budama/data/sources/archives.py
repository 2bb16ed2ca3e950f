"""Tar archives that are not unpacked: what is in them, and the bytes of one file at a time."""

import os
import re
import tarfile
from collections.abc import Collection, Iterator
from pathlib import Path, PurePath
from typing import BinaryIO

from budama.data.sources.class_folders import has_image_suffix
from budama.data.sources.decoding import UnreadableError
from budama.data.sources.reasons import INSIDE, Reason, of_name, of_suffix
from budama.data.sources.recent import Recent
from budama.data.sources.shards import InFile
from budama.system.errors import BudamaError

_CHUNK = 2**20
_OPEN = 64  # archives that a process keeps open
_PLACE = re.compile(r"(?P<name>.+)@(?P<offset>\d{1,18})\+(?P<size>\d{1,18})", re.DOTALL)
_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


def members(
    file: BinaryIO, where: str, start: int = 0, end: int | None = None
) -> Iterator[tarfile.TarInfo]:
    """Yield what is in an uncompressed archive, which is ``file`` from ``start`` to ``end``.

    Their ``offset_data`` counts from the beginning of ``file``. Raises ``BudamaError`` if the
    archive is compressed, damaged or cut short: nothing that lies in it is passed over silently.
    """
    end = file.seek(0, os.SEEK_END) if end is None else end
    file.seek(start)
    beginning = file.read(6)
    for magic, program in _MAGIC.items():
        if beginning.startswith(magic):
            raise BudamaError(
                f"{where}: is compressed ({program}), so that no image in it can be read by "
                f"itself. Unpack the archive only, not what is in it: {program} -d does that"
            )
    file.seek(start)
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            while archive.offset < end and (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined] # a million of them
                if member.offset_data + member.size > end:
                    raise tarfile.ReadError("unexpected end of data")
                yield member
            stopped = archive.offset
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise BudamaError(
            f"{where}: cannot be read as a tar archive: {error}; fetch it, or pack it, again"
        ) from error
    _check_rest(file, where, stopped, end)


def _check_rest(file: BinaryIO, where: str, start: int, end: int) -> None:
    """Raise ``BudamaError`` unless zeros, and nothing else, stand behind the last member."""
    if start >= end:
        raise BudamaError(
            f"{where}: is cut short: it ends without the mark of its end; fetch it, or pack it, "
            "again"
        )
    file.seek(start)
    while start < end:
        found = file.read(min(_CHUNK, end - start))
        if not found:
            return
        if found.strip(b"\0"):
            raise BudamaError(
                f"{where}: is no whole tar archive: what stands at byte {start:,} or after it is "
                "no file and no end (damaged, cut short, or two archives one behind the other). "
                "Fetch it, or pack it, again"
            )
        start += len(found)


def why_hidden(name: str) -> Reason | None:
    """Return why a file in an archive is passed over by its name, such as ``._1.jpg``."""
    *folders, last = name.split("/")
    for folder in folders:
        if reason := of_name(folder, folder=True):
            return INSIDE[reason][not has_image_suffix(last)]
    return of_name(last, folder=False)


def why_no_image(member: tarfile.TarInfo, others: Collection[str] = ()) -> str:
    """Return why a file in an archive is no image; "" if it is, or has a suffix of ``others``."""
    name = plain_name(member)
    if hidden := why_hidden(name):
        return hidden
    if not member.isreg():
        return Reason.NO_FILES_PACKED
    if has_image_suffix(name) or PurePath(name).suffix.lower() in others:
        return ""
    return of_suffix(name)


def plain_name(member: tarfile.TarInfo) -> str:
    """Return a member's name without a leading ``./``."""
    return member.name.removeprefix("./")


def key_of(file: str, name: str, member: tarfile.TarInfo) -> str:
    """Return the key that finds ``member`` of an archive; ``name`` is for people."""
    return InFile(file, f"{name}@{member.offset_data}+{member.size}").key


class Archives:
    """Reads files in archives under ``root`` by the keys that ``key_of`` gave."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._open: Recent[str, int] = Recent(
            lambda file: os.open(root / file, os.O_RDONLY | os.O_CLOEXEC), _OPEN, drop=os.close
        )

    def content(self, key: str) -> bytes:
        """Return the bytes of a file; raises ``UnreadableError``."""
        file, place = InFile.of(key)
        found = _PLACE.fullmatch(place)
        if not found:
            raise UnreadableError("its name does not say where in the archive it lies")
        offset, size = int(found["offset"]), int(found["size"])
        try:
            opened = self._open[file]
            if os.fstat(opened).st_size < offset + size:
                raise UnreadableError("the archive ends before it")
            # not moved by what other processes do with the same open file
            return os.pread(opened, size, offset)
        except FileNotFoundError as error:
            raise UnreadableError("the archive is missing") from error
        except OSError as error:
            raise UnreadableError(error.strerror or type(error).__name__) from error

    def place(self, key: str) -> str:
        """Return the archive and the name in it."""
        file, _, place = key.partition("//")
        return f"{self._root / file}: {place.rpartition('@')[0] or place}"
