"""The machine's processors: what they are, and what of them this process may use."""

import os
import platform
from math import floor
from pathlib import Path

import psutil

from budama.system.machine.cgroups import cpu_limit

_CPUINFO = Path("/proc/cpuinfo")


def all_cores() -> int:
    """Return how many cores the machine has."""
    return os.cpu_count() or 1


def allowed_cores() -> list[int]:
    """Return the numbers of the cores that this process may run on, sorted."""
    return sorted(os.sched_getaffinity(0))


def usable_cores() -> int:
    """Return how many cores' time this process may use: those allowed, or a control group's share.

    At least one.
    """
    limit = cpu_limit()
    cores = len(allowed_cores())
    return cores if limit is None else max(1, min(cores, floor(limit)))


def load_average() -> float:
    """Return how many processes ran or wanted to, on average over the last minute."""
    return os.getloadavg()[0]


def cpu_name() -> str:
    """Return the processor's name as the kernel gives it."""
    return _cpuinfo().get("model name") or platform.processor() or platform.machine()


def cpu_flags() -> set[str]:
    """Return the instruction sets that the processor has, in the kernel's words."""
    info = _cpuinfo()
    return set((info.get("flags") or info.get("Features") or "").split())


def cpu_clock() -> tuple[float | None, bool]:
    """Return the highest clock in MHz that is told, and whether that is the boost clock."""
    clock = psutil.cpu_freq()
    if clock is None:
        return None, False
    return (clock.max, True) if clock.max else (clock.current, False)


def _cpuinfo() -> dict[str, str]:
    """Return what the kernel tells of the first core."""
    try:
        first = _CPUINFO.read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in first.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}
