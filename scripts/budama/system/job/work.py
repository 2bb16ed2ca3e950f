"""How much of a job is work: the rest of its time is the start of its process and imports.

The log of every job ends with both; ``make bench-overhead`` adds them up. Work is all that happens
inside the stage's function. Stages import their libraries before that; what is imported late all
the same (the format of a dataset, a board of curves) and the processes that a stage starts count as
work.
"""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_LINE = "worked for {work:.2f} s; processes started and modules were imported for {rest:.2f} s"
_PATTERN = re.compile(
    r"worked for ([\d.]+) s; processes started and modules were imported for ([\d.]+) s$",
    re.MULTILINE,
)


class Work(NamedTuple):
    """The seconds of a job: of ``work``, and of ``rest`` that it took to get there."""

    work: float
    rest: float

    def __str__(self) -> str:
        return _LINE.format(**self._asdict())


def timed(work: Callable[[], None]) -> Work:
    """Do ``work``; return how long it took, and how old the process was before."""
    before, start = age(), time.perf_counter()
    work()
    return Work(time.perf_counter() - start, before)


def age() -> float:
    """Return the seconds since this process was started: to a hundredth, 0 where not known."""
    try:
        # the name, in brackets, may hold anything; the start is the 20th field after it
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started)
    except (OSError, AttributeError):
        return 0.0


def told(log: str) -> Work | None:
    """Return what the text of a job's log says; ``None`` if the job did not reach its end."""
    found = _PATTERN.findall(log)
    return Work(*map(float, found[-1])) if found else None
