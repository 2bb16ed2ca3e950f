"""What lies beside the shards that are read: nothing of it is passed over without a word."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from budama.config.data import Sharded
from budama.data.sources.reasons import Reason
from budama.system.errors import BudamaError
from budama.system.files.folders import folders_under

_COMPRESSED = re.compile(r"(?P<packed>.+)\.(gz|bz2|xz|zst|lz4|Z)|(?P<tarred>.+)\.t(gz|bz2?|xz|zst)")
_NUMBERED = re.compile(r"(?P<before>.*?)(?P<number>\d{1,9})-of-(?P<count>\d{1,9})(?!\d)")
_MOST = 10**6  # files of one series: what claims more is no number of files


def unpacked(name: str) -> str | None:
    """Return what a compressed file is called once it is unpacked; nothing if it is none."""
    found = _COMPRESSED.fullmatch(name)
    if not found:
        return None
    return found["packed"] or f"{found['tarred']}.tar"


def beside(dataset: Sharded, read: Mapping[str, list[Path]], suffix: str) -> Counter[str]:
    """Return what is not ``read`` of the files under the root that end in ``suffix``, by reasons.

    Raises ``BudamaError`` for a compressed file that would be read if it were unpacked.
    """
    skipped: Counter[str] = Counter()
    files = {path for paths in read.values() for path in paths}
    resolved = {path.resolve() for path in files}
    strangers = []
    for folder in folders_under(Path(dataset.root)):
        for path in sorted(folder.iterdir()):
            if path.is_dir() or path in files:
                continue
            name = unpacked(path.name)
            if name is not None and name.endswith(suffix):
                skipped[_of_compressed(dataset, path, path.with_name(name), files)] += 1
            elif path.suffix == suffix:
                if path.is_symlink() and not path.exists():
                    skipped[Reason.BROKEN_LINKS] += 1
                elif path.name.startswith("."):
                    skipped[Reason.HIDDEN_FILES] += 1
                elif path.resolve() in resolved:
                    skipped[Reason.FILES_AGAIN] += 1
                else:
                    strangers.append(path.relative_to(dataset.root).as_posix())
    if strangers:
        skipped[Reason.UNMATCHED.of(strangers)] += len(strangers)
    for paths in read.values():
        skipped.update(_missing(paths))
    return skipped


def _of_compressed(dataset: Sharded, path: Path, as_file: Path, files: set[Path]) -> str:
    if as_file in files:
        return Reason.COPIES
    relative = as_file.relative_to(dataset.root)
    for part in ("train", "val", "test"):
        if dataset.asks_for(part, relative):
            raise BudamaError(
                f"{path}: is compressed, and {as_file.name} would be of '{part}', other files of "
                "which are read: unpack the file only, not what is in it (gunzip, 'xz -d', 'zstd "
                "-d'), or take it away"
            )
    return Reason.UNMATCHED.of([path.relative_to(dataset.root).as_posix()])


def _missing(paths: Iterable[Path]) -> Counter[str]:
    """Return how many files are missing from each series such as ``NAME-00000-of-00002``."""
    series: dict[tuple[Path, str, int], set[int]] = defaultdict(set)
    for path in paths:
        if found := _NUMBERED.match(path.name):
            series[path.parent, found["before"], int(found["count"])].add(int(found["number"]))
    missing: Counter[str] = Counter()
    for (_, before, count), numbers in series.items():
        if len(numbers) < count <= _MOST:
            missing[Reason.MISSING.of([f"{before}*-of-{count}"])] += count - len(numbers)
    return missing
