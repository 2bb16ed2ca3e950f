"""Why something in a dataset is no image of it, in words; the report has them in each language."""

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import PurePath

_USUAL_SUFFIX = re.compile(r"\.[a-z][a-z0-9_]{0,9}")
_SHOWN = 3
# what systems and programs leave beside images, in lower case; many more begin with a dot
_TOOLS_FOLDERS = {
    *("__macosx", "__pycache__", "@eadir", "@recycle", "@recently-snapshot", "@tmp", "#recycle"),
    *("#snapshot", "$recycle.bin", "system volume information", "lost+found"),
}
_TOOLS_FILES = {"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r"}


class Reason(StrEnum):
    """What ``Listing.skipped`` counts, beside files of a suffix (``of_suffix``)."""

    HIDDEN_FOLDERS = "hidden folders"
    HIDDEN_FILES = "hidden files"
    TOOLS_FOLDERS = "folders of tools"
    TOOLS_FILES = "files of tools"
    IN_HIDDEN_FOLDERS = "images in hidden folders"
    IN_TOOLS_FOLDERS = "images in folders of tools"
    NO_SUFFIX = "files without a usual suffix"
    BESIDE_CLASSES = "images beside the class folders"
    EMPTY_CLASSES = "class folders without images"
    BROKEN_LINKS = "broken links"
    LINKS_AGAIN = "links to folders that are read already"
    NO_FILES = "entries that are no regular files"
    BESIDE_PARTS = "folders beside the parts"
    OTHER_CLASSES = "images of classes that classes.txt does not name"
    NO_FILES_PACKED = "links and special files in archives"
    NOT_OF_A_CLASS = "files in archives that are none of a class"
    LABELS_ALONE = "labels without an image"
    EMPTY_SHARDS = "shards without images"
    UNMATCHED = "files that no pattern matches"
    COPIES = "compressed copies of files that are read"
    FILES_AGAIN = "links to files that are read already"
    MISSING = "files that are missing from a numbered series"

    def of(self, names: Sequence[str]) -> str:
        """Return the reason with the first of ``names`` in brackets."""
        more = ", ..." if len(names) > _SHOWN else ""
        return f"{self} ({', '.join(names[:_SHOWN])}{more})"


def of_suffix(name: str) -> str:
    """Return the reason for a file whose suffix is that of no image."""
    suffix = PurePath(name).suffix.lower()
    return f"{suffix} files" if _USUAL_SUFFIX.fullmatch(suffix) else Reason.NO_SUFFIX


def of_name(name: str, *, folder: bool) -> Reason | None:
    """Return the reason if a file or folder of this name is hidden, or one of a tool's."""
    if name.startswith("."):
        return Reason.HIDDEN_FOLDERS if folder else Reason.HIDDEN_FILES
    if name.lower() in (_TOOLS_FOLDERS if folder else _TOOLS_FILES):
        return Reason.TOOLS_FOLDERS if folder else Reason.TOOLS_FILES
    return None


INSIDE = {
    Reason.HIDDEN_FOLDERS: (Reason.IN_HIDDEN_FOLDERS, Reason.HIDDEN_FILES),
    Reason.TOOLS_FOLDERS: (Reason.IN_TOOLS_FOLDERS, Reason.TOOLS_FILES),
}  # of an image, and of another file, in a folder that is passed over
