"""Files numbered as in ``train-00003-of-00294.parquet``: which of them are missing."""

import re
from collections import defaultdict
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

# a hash may follow, which is another one in each file
_NUMBERED = re.compile(r"(.*)-(\d{1,6})-of-(\d{1,6})(?:-[0-9a-f]+)?(\.\w+)")


def missing(files: Iterable[Path], pattern: str) -> list[Path]:
    """Return the files that the names of ``files`` promise and that are not among them.

    Only those that ``pattern`` would take: who names a few of many files means these.
    """
    known: dict[tuple[Path, str, str, str], set[int]] = defaultdict(set)
    for path in files:
        if found := _NUMBERED.fullmatch(path.name):
            beginning, number, of, suffix = found.groups()
            known[path.parent, beginning, of, suffix].add(int(number))
    absent = []
    for (folder, beginning, of, suffix), numbers in known.items():
        first = 1 if int(of) in numbers and 0 not in numbers else 0
        for number in sorted(set(range(first, first + int(of))) - numbers):
            name = f"{beginning}-{number:0{len(of)}}-of-{of}{suffix}"
            if fnmatchcase(name, Path(pattern).name):
                absent.append(folder / name)
    return absent
