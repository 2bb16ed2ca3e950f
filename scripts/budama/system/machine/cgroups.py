"""What a container or a batch system lets this process have (Linux control groups, v1 and v2)."""

from collections.abc import Iterator
from pathlib import Path

_OWN = Path("/proc/self/cgroup")
_ROOT = Path("/sys/fs/cgroup")


def cpu_limit() -> float | None:
    """Return how many cores' time this process may take, or ``None`` if that is not limited."""
    limits = []
    for folder in _folders("cpu"):
        if words := _read(folder / "cpu.max"):
            quota, period = words
        else:
            quota, period = (
                (_read(folder / f"cpu.cfs_{name}_us") or ["max"])[0] for name in ("quota", "period")
            )
        if quota not in ("max", "-1") and period != "max":
            limits.append(int(quota) / int(period))
    return min(limits, default=None)


def memory_limit() -> int | None:
    """Return how many bytes this process may take, or ``None`` if that is not limited.

    Version 1 writes a number that no machine has where nothing is limited.
    """
    limits = [
        int(words[0])
        for folder in _folders("memory")
        for name in ("memory.max", "memory.limit_in_bytes")
        if (words := _read(folder / name)) and words[0] != "max"
    ]
    return min(limits, default=None)


def _folders(controller: str) -> Iterator[Path]:
    """Yield the process's own group and all above it, whose limits hold, too."""
    for line in _lines(_OWN):
        _, controllers, path = line.split(":", 2)
        if not controllers:
            root = _ROOT
        elif controller in controllers.split(","):
            root = _ROOT / controller
        else:
            continue
        own = root / path.lstrip("/")
        yield from (own, *(above for above in own.parents if above.is_relative_to(root)))


def _read(file: Path) -> list[str]:
    return " ".join(_lines(file)).split()


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
