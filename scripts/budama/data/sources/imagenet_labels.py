"""Which class the images of ImageNet's validation archive have: the devkit, or a list."""

import re
import tarfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from budama.system.errors import BudamaError

DEVKIT = "ILSVRC2012_devkit_t12.tar.gz"
_META, _TRUTH = "meta.mat", "ILSVRC2012_validation_ground_truth.txt"
_NUMBER = re.compile(r"ILSVRC2012_val_(\d{8})")
_SYNSET = re.compile(r"\bn\d{8}\b")
Synsets = Callable[[str], str | None]


def from_devkit(path: Path) -> Synsets:
    """Return what tells the synset of an image of val by its name: the n-th line, for number n."""
    found = _unpacked(path)
    try:
        synsets = _meta(found[_META])
        numbers = [int(line) for line in found[_TRUTH].decode().split()]
    except (UnicodeDecodeError, ValueError) as error:
        raise BudamaError(f"{path}: is damaged: {error}; fetch it again") from error
    if unknown := sorted({number for number in numbers if number not in synsets}):
        raise BudamaError(
            f"{path}: {_TRUTH} in it has the number {unknown[0]}, and {_META} has no such synset; "
            "fetch it again"
        )
    truth = [synsets[number] for number in numbers]
    return lambda name: _numbered(name, truth)


def from_list(path: Path) -> Synsets:
    """Return the same of a text file: in each line a synset, behind the image's name or alone.

    Kaggle's ``LOC_val_solution.csv`` is one, too. Raises ``BudamaError`` if a line is none.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise BudamaError(
            f"{path}, the list of 'val_labels', is missing; it is looked for where snakemake runs "
            "and under the root"
        ) from error
    except IsADirectoryError as error:
        raise BudamaError(f"{path}: is a folder; 'val_labels' is to name a text file") from error
    except OSError as error:
        raise BudamaError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BudamaError(f"{path}: is no text file (UTF-8); it is to list synsets") from error
    named: dict[str, str] = {}
    ordered: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or (number == 1 and line.startswith("ImageId")):
            continue
        synsets, image = set(_SYNSET.findall(line)), _NUMBER.search(line)
        if len(synsets) != 1:
            raise BudamaError(
                f"{path}, line {number}: {line.strip()[:60]!r} has {len(synsets)} synsets; expected"
                " is one, such as n01440764, or an image's name and its synset"
            )
        if image:
            named[image[1]] = synsets.pop()
        else:
            ordered.append(synsets.pop())
    if named and ordered:
        raise BudamaError(f"{path}: some lines name an image, and some do not")
    if not named:
        return lambda name: _numbered(name, ordered)
    return lambda name: named.get(found[1]) if (found := _NUMBER.search(name)) else None


def _numbered(name: str, synsets: list[str]) -> str | None:
    found = _NUMBER.search(name)
    number = int(found[1]) if found else 0
    return synsets[number - 1] if 1 <= number <= len(synsets) else None


def _unpacked(path: Path) -> dict[str, bytes]:
    """Return the two files of the devkit that are needed."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                if name in (_META, _TRUTH) and (file := archive.extractfile(member)):
                    found[name] = file.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise BudamaError(
            f"{path}: cannot be unpacked: it is no tar.gz archive, or damaged; fetch it again"
        ) from error
    for name in (_META, _TRUTH):
        if name not in found:
            raise BudamaError(f"{path}: has no {name}; fetch ILSVRC 2012's devkit of tasks 1 and 2")
    return found


def _meta(content: bytes) -> dict[int, str]:
    """Return the synset of each of the devkit's numbers."""
    from scipy.io import loadmat

    file: Any = BytesIO(content)  # may be one, other than scipy's types say
    try:
        table: Any = loadmat(file, squeeze_me=True, struct_as_record=False)["synsets"]
        return {int(row.ILSVRC2012_ID): str(row.WNID) for row in table}
    except Exception as error:  # whatever a damaged file makes of the reader
        raise ValueError(f"{_META}: {' '.join(str(error).split())}") from error
