"""What of a job's inputs has changed, named as a user knows it: not by the fingerprint's file."""

from collections.abc import Collection, Iterator
from pathlib import Path

from budama.config.places import FINGERPRINTS
from budama.system.reruns.watched import LIST, PACKAGES

_WATCHED = f"{FINGERPRINTS}/"


def changed_files(file: str, outputs: Collection[str]) -> list[str]:
    """Return what has changed of the input ``file`` since ``outputs`` were made.

    Of a list of code that is what is newer than the oldest of them.
    """
    if not file.endswith(LIST):
        return [named(file)]
    made = min(Path(output).stat().st_mtime for output in outputs)
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    kept = [Path(f"{_WATCHED}{line.split('  ', 1)[1]}.sha256") for line in lines]
    newer = [named(str(path)) for path in kept if path.stat().st_mtime > made]
    return newer or ["what the stage's code imports"]


def changed_inputs(before: Collection[str], now: Collection[str]) -> Iterator[str]:
    """Yield which input files have come and which have gone."""
    come, gone = sorted(set(now) - set(before)), sorted(set(before) - set(now))
    yield from (f"{named(file)} is needed now" for file in come)
    yield from (f"{named(file)} is not needed any more" for file in gone)


def named(file: str) -> str:
    """Return the file whose fingerprint a file is, or itself."""
    if not file.startswith(_WATCHED):
        return file
    name = file.removeprefix(_WATCHED)
    if name == PACKAGES:
        return "the list of packages, pinned or installed,"
    name = name.removesuffix(".sha256")
    elsewhere = name.removeprefix("elsewhere/")
    return name if elsewhere == name else f"/{elsewhere}"
