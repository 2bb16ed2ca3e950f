"""Whether the clock was set back: Snakemake judges by the dates of files what is out of date."""

import os
import shlex
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from budama.system.errors import BudamaError

# File servers have clocks of their own
TOLERANCE_S = 60.0


def check_dates(folders: Iterable[Path]) -> None:
    """Raise ``BudamaError`` if a file in ``folders`` is dated in the future.

    Whatever is changed then looks older than the results that depend on it, and would go unnoticed;
    and Snakemake calls every job that reads such a file a failure, when its work is done.
    """
    limit = time.time() + TOLERANCE_S
    folders = [folder for folder in folders if folder.is_dir()]
    path, date = max(
        (found for folder in folders for found in _dates(folder)),
        key=lambda found: found[1],
        default=("", 0.0),
    )
    if date > limit:
        places = " ".join(shlex.quote(str(folder)) for folder in folders)
        raise BudamaError(
            f"{path} is dated {datetime.fromtimestamp(date):%Y-%m-%d %H:%M}, which is in the "
            "future: has the clock been set back? Put it right, or if it is right now, date the "
            f"files anew: find {places} -newermt now -exec touch {{}} + . What you have changed "
            "since it was set back looks older than it is: name its stage with --forcerun"
        )


def _dates(folder: Path) -> Iterator[tuple[str, float]]:
    """Yield every file under ``folder`` and when it was changed, in seconds since 1970."""
    waiting = [str(folder)]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:  # gone since, or not ours to read
            continue
        for entry in entries:
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    yield entry.path, entry.stat(follow_symlinks=False).st_mtime
