"""What lies beside the shards that are read: nothing of it is passed over without a word."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from budama.config.data import Sharded
from budama.data.sources.numbered import missing
from budama.data.sources.reasons import Reason
from budama.system.errors import BudamaError
from budama.system.files.folders import folders_under
from budama.system.job.terminal import tell

_COMPRESSED = re.compile(r"(?P<packed>.+)\.(gz|bz2|xz|zst|lz4|Z)|(?P<tarred>.+)\.t(gz|bz2?|xz|zst)")
_SHOWN = 3


def unpacked(name: str) -> str:
    """Return what a file is called once it is unpacked: its own name if it is not compressed."""
    if not (found := _COMPRESSED.fullmatch(name)):
        return name
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
            as_file = path.with_name(unpacked(path.name))
            if as_file.suffix != suffix or path in files or path.is_dir():
                continue
            if reason := _reason(path, as_file, files, resolved):
                skipped[reason] += 1
                continue
            if as_file != path:
                _check_unwanted(dataset, path, as_file)
            strangers.append(_under(dataset, path))
    if strangers:
        skipped[Reason.UNMATCHED.of(strangers)] += len(strangers)
    for part, paths in read.items():
        lost = [_under(dataset, path) for path in missing(paths, getattr(dataset, part))]
        if lost:
            skipped[Reason.MISSING.of(lost)] += len(lost)
            _tell_missing(dataset, part, lost)
    return skipped


def _reason(path: Path, as_file: Path, files: set[Path], resolved: set[Path]) -> Reason | None:
    """Return why a file is not read; nothing if it is one that no pattern matches."""
    if path.is_symlink() and not path.exists():
        return Reason.BROKEN_LINKS
    if path.name.startswith("."):
        return Reason.HIDDEN_FILES
    if as_file != path and as_file in files:
        return Reason.COPIES
    return Reason.FILES_AGAIN if path.resolve() in resolved else None


def _check_unwanted(dataset: Sharded, path: Path, as_file: Path) -> None:
    """Raise ``BudamaError`` if a pattern would match a compressed file without its last suffix."""
    for part in ("train", "val", "test"):
        if dataset.asks_for(part, as_file.relative_to(dataset.root)):
            raise BudamaError(
                f"{path}: is compressed, and {as_file.name} would be of '{part}': unpack the file "
                "only, not what is in it (gunzip, 'xz -d', 'zstd -d'), or take it away"
            )


def _under(dataset: Sharded, path: Path) -> str:
    return path.relative_to(dataset.root).as_posix()


def _tell_missing(dataset: Sharded, part: str, absent: list[str]) -> None:
    more = f" and {len(absent) - _SHOWN:,} more" if len(absent) > _SHOWN else ""
    tell(
        "audit",
        "%s: by the names of the others there is a %s%s, too, which is missing: the %s part is "
        "what is there. Fetch what is missing, or name what you mean: '%s: PATTERN'",
        *(dataset.root, ", ".join(absent[:_SHOWN]), more, part, part),
    )
