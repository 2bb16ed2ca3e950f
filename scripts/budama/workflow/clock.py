"""Whether the clock was set back: Snakemake judges by the dates of files what is out of date."""

import os
import shlex
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from budama.config import places
from budama.system.errors import BudamaError

# File servers have clocks of their own
TOLERANCE_S = 60.0
RESULTS = Path(places.RESULTS)
SNAKEMAKES_LOGS = Path(".snakemake/log")


def check_dates(code: Path) -> None:
    """Raise ``BudamaError`` if a run of Snakemake here, or a file under ``code``, is in the future.

    Whatever is changed then looks older than the results that depend on it, and would go unnoticed;
    and Snakemake calls every job that reads such a file a failure, when its work is done.
    A run writes its log until its end: that is as young as the youngest of its results, and to look
    through those takes seconds where they are many or on a file server.
    """
    found = (dated for folder in (SNAKEMAKES_LOGS, code) for dated in _dates(folder))
    date, path = max(found, default=(0.0, code))
    if date > time.time() + TOLERANCE_S:
        folders = [folder for folder in (RESULTS, code, SNAKEMAKES_LOGS) if folder.is_dir()]
        raise BudamaError(
            f"{path} is dated {datetime.fromtimestamp(date):%Y-%m-%d %H:%M}, which is in the "
            "future: has the clock been set back? Put it right, or if it is right now, date the "
            f"files anew: find {shlex.join(map(str, folders))} -newermt now -exec touch {{}} + . "
            "What you have changed since it was set back looks older than it is: name its stage "
            "with --forcerun"
        )


def _dates(folder: Path) -> Iterator[tuple[float, Path]]:
    """Yield when each file under ``folder`` was changed, in seconds since 1970, and its path."""
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            with suppress(OSError):  # gone since
                yield path.lstat().st_mtime, path
