"""Files of many images each: which there are, and keys that find an image in them.

A key is ``FILE//PLACE``: the file's path under the root, and the place of the image in it. No path
holds two slashes in a row, so that both are told apart whatever their names.
"""

from pathlib import Path
from typing import NamedTuple

from budama.config.data import Sharded
from budama.data.sources.base import leads_out
from budama.data.sources.beside import unpacked
from budama.data.sources.decoding import UnreadableError
from budama.system.errors import BudamaError

_BETWEEN = "//"
_SHOWN = 5


class InFile(NamedTuple):
    """An image's file, relative to the root, and its place there."""

    file: str
    place: str

    @property
    def key(self) -> str:
        """The key that says this."""
        return f"{self.file}{_BETWEEN}{self.place}"

    @classmethod
    def of(cls, key: str) -> "InFile":
        """Read a key; raises ``UnreadableError`` if it leads out of the root, or is none."""
        file, between, place = key.partition(_BETWEEN)
        if not between or leads_out(file):
            raise UnreadableError("its name leads out of the dataset's folder")
        return cls(file, place)


def is_in_file(key: str) -> bool:
    """Whether a key is of an image that shares a file with others."""
    return _BETWEEN in key


def files_of_parts(dataset: Sharded) -> dict[str, list[Path]]:
    """Return the files of each part that there are.

    Raises ``BudamaError`` if the training or the test part has none, or if one file is of both.
    """
    root = Path(dataset.root)
    if not root.is_dir():
        raise BudamaError(f"dataset not found: the folder {root} is missing")
    files = dataset.files()
    for part in ("train", "test"):
        pattern = getattr(dataset, part)
        if isinstance(pattern, str) and not files[part]:
            raise BudamaError(_none(dataset, part, pattern))
    trained = {file.resolve() for file in files["train"]}
    for part in ("val", "test"):
        both = [file for file in files[part] if file.resolve() in trained]
        if both:
            raise BudamaError(
                f"{both[0]}: is of the training part ('train: {dataset.train}') and of another "
                f"('{part}: {getattr(dataset, part)}'); give patterns that tell them apart"
            )
    return {part: found for part, found in files.items() if found}


def _none(dataset: Sharded, part: str, pattern: str) -> str:
    root = Path(dataset.root)
    suffix = Path(pattern).suffix
    there = sorted(str(path.relative_to(root)) for path in root.rglob(f"*{suffix}"))
    names = {path.name for path in root.rglob("*")}
    packed = sorted(n for n in names if unpacked(n) != n and unpacked(n).endswith(".tar"))
    what = f"dataset not found: no file under {root} is '{pattern}', the pattern of '{part}'"
    drawn = ", or have a share of the images drawn with 'test: 0.2'" if part == "test" else ""
    if suffix == ".tar" and packed and not there:
        return (
            f"{what}; {packed[0]} is compressed, so that no image in it can be read by itself. "
            f"Unpack the archives only, not what is in them: gunzip, or 'xz -d', 'zstd -d'"
        )
    if not there:
        return f"{what}, and there is no {suffix} file at all"
    more = f" and {len(there) - _SHOWN:,} more" if len(there) > _SHOWN else ""
    return f"{what}. There are {', '.join(there[:_SHOWN])}{more}: set '{part}' to a pattern{drawn}"
