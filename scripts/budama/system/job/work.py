"""How much of a job is work: the rest of its time is the start of processes and imports.

The log of every job ends with both; ``make bench-overhead`` adds them up.
"""

import builtins
import gc
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

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


class _Clock:
    """What of the time since ``start`` was no work."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.idle = 0.0

    def read(self, before: float) -> Work:
        inside = time.perf_counter() - self.start
        return Work(inside - self.idle, before + self.idle)


_clock = _Clock()


def not_work(seconds: float) -> None:
    """Tell the running job's clock of time that was no work: a child's start, an import."""
    _clock.idle += seconds


@contextmanager
def measured() -> Iterator[list[Work]]:
    """Measure what runs inside as a job's work; the list that is yielded has it at the end.

    The imports that it does while it runs are none.
    """
    global _clock
    _clock, before, found = _Clock(), age(), list[Work]()
    with _imports_timed():
        yield found
    found.append(_clock.read(before))


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


@contextmanager
def _imports_timed() -> Iterator[None]:
    """Count imports as no work: the outermost ones, as each waits for those within it.

    What they make stays, so that looking for garbage meanwhile, a tenth of their time, is put off.
    """
    usual, depth = builtins.__import__, 0

    def timed(*args: Any, **kwargs: Any) -> Any:
        nonlocal depth
        if depth:
            return usual(*args, **kwargs)
        depth, start, collects = 1, time.perf_counter(), gc.isenabled()
        gc.disable()
        try:
            return usual(*args, **kwargs)
        finally:
            depth = 0
            if collects:
                gc.enable()
            not_work(time.perf_counter() - start)

    builtins.__import__ = timed
    try:
        yield
    finally:
        builtins.__import__ = usual
