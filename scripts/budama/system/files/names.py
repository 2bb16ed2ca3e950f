"""Names of files, as people and file systems spell them.

One name may be written in two Unicode normal forms: ``é`` as one character (NFC, what keyboards
give), or as ``e`` with an accent to combine (NFD, what macOS and archives from there have). They
look the same, so they are matched. Upper and lower case look different, and are told apart
wherever the file system does: a name that differs so is refused, with the one that is there.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from budama.system.errors import BudamaError


def normal(name: str) -> str:
    """Return ``name`` in the form in which names are compared (NFC)."""
    return unicodedata.normalize("NFC", name)


def lookalikes(names: Iterable[str]) -> list[list[str]]:
    """Return the groups of ``names`` that differ in case or normal form only, sorted."""
    groups = defaultdict(set)
    for name in names:
        groups[_folded(name)].add(name)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


def spelled(wanted: str, there: Collection[str], where: str) -> str | None:
    """Return how ``wanted`` is spelled among the names ``there``: itself, or another normal form.

    ``None`` if it is not there. Raises ``BudamaError``, which begins with ``where``, if there are
    two of these forms, of which none is ``wanted`` itself, or if only one in another case is there.
    """
    if wanted in there:
        return wanted
    same = sorted(name for name in there if normal(name) == normal(wanted))
    if len(same) > 1:
        raise BudamaError(
            f"{where}: '{wanted}' is there in {len(same)} Unicode normal forms, which look the "
            f"same: {', '.join(map(ascii, same))}; rename all but one"
        )
    if same:
        return same[0]
    for name in sorted(there):
        if _folded(name) == _folded(wanted):
            raise BudamaError(
                f"{where}: there is no '{wanted}', but '{name}': upper and lower case count; write "
                "both alike"
            )
    return None


def on_disk(root: Path, path: str) -> Path:
    """Return ``root / path`` with each part spelled as it is on disk.

    What is not there stays as it is: whoever reads it tells so. Raises as ``spelled`` does, with
    the folder.
    """
    place = root
    for part in Path(path).parts:
        if part not in ("..", "/"):
            part = spelled(part, _entries(place), str(place)) or part  # noqa: PLW2901
        place = place / part
    return place


def check_apart(names: Iterable[str], where: str) -> None:
    """Raise ``BudamaError``, which begins with ``where``, if two names are lookalikes.

    Single letters may be: handwriting has capitals and small ones.
    """
    for group in lookalikes(names):
        if all(len(name) == 1 for name in group):
            continue
        listed = " and ".join(f"'{name}'" for name in group)
        forms = {normal(name) for name in group}
        what = "Unicode normal form" if len(forms) == 1 else "upper and lower case"
        codes = f" ({', '.join(map(ascii, group))})" if len(forms) == 1 else ""
        raise BudamaError(
            f"{where}: {listed}{codes} differ in {what} only: many file systems do not tell them "
            "apart, and they are hardly two things; rename one, or put both together"
        )


def _entries(folder: Path) -> set[str]:
    try:
        return {entry.name for entry in folder.iterdir()}
    except OSError:
        return set()


def _folded(name: str) -> str:
    return normal(normal(name).casefold())
