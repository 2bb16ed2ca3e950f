"""The machine of a measurement: what it is, and how busy others kept it meanwhile."""

import csv
import os
import platform
import resource
import subprocess
import time
from functools import cache
from pathlib import Path
from typing import Any

import onnxruntime
import psutil

from budama.latency.physics import Peak, cpu_peak, gpu_peak
from budama.latency.providers import Target
from budama.latency.requirements import driver_version, needs_driver

_CPUINFO = Path("/proc/cpuinfo")
_GPU_QUERY = ("name", "uuid", "clocks.sm", "clocks.max.sm", "temperature.gpu", "utilization.gpu")


def describe_machine(provider: str) -> dict[str, Any]:
    """Return what the machine is: names, cores, clocks, versions; on a GPU its state, too."""
    found: dict[str, Any] = {
        "host": platform.node(),
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "affinity": sorted(os.sched_getaffinity(0)),
        "clock_mhz": _clock()[0],
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load_average": os.getloadavg()[0],
        "onnxruntime": onnxruntime.__version__,
        "python": platform.python_version(),
        "kernel": platform.release(),
    }
    if needs_driver(provider):
        found |= {"driver": driver_version(), "gpu": gpu_state()}
    return found


def cpu_name() -> str:
    """Return the processor's name as the kernel gives it."""
    return _cpuinfo().get("model name") or platform.processor() or platform.machine()


def peak_of(target: Target) -> Peak | None:
    """Return what the target of a session can do at most, or ``None`` if that is not known."""
    if needs_driver(target.provider):
        return gpu_peak(_gpu_name(_first_gpu()), target.precision)
    info = _cpuinfo()
    flags = set((info.get("flags") or info.get("Features") or "").split())
    clock, boost_known = _clock()
    cores = min(target.threads, len(os.sched_getaffinity(0)))
    return cpu_peak(flags, cores, clock and clock * 1e6, boost_known, target.precision)


def gpu_state() -> dict[str, str]:
    """Return name, clocks (MHz), temperature and use of the first GPU that CUDA sees."""
    return _query_gpu(_first_gpu())


def _first_gpu() -> str:
    return os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0] or "0"


@cache  # each measurement asks, and a GPU at rest takes a second to answer
def _gpu_name(gpu: str) -> str:
    return _query_gpu(gpu).get("name", "")


def _query_gpu(gpu: str) -> dict[str, str]:
    command = ["nvidia-smi", f"--id={gpu}", f"--query-gpu={','.join(_GPU_QUERY)}"]
    try:
        done = subprocess.run(
            [*command, "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    row = next(csv.reader([done.stdout.splitlines()[0]], skipinitialspace=True))
    return dict(zip(_GPU_QUERY, row, strict=True))


def _cpuinfo() -> dict[str, str]:
    """Return what the kernel tells of the first core."""
    try:
        first = _CPUINFO.read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in first.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def _clock() -> tuple[float | None, bool]:
    """Return the highest clock in MHz that is told, and whether that is the boost clock."""
    clock = psutil.cpu_freq()
    if clock is None:
        return None, False
    return (clock.max, True) if clock.max else (clock.current, False)


class Watch:
    """How much of the machine others used while this process and its children worked."""

    def __init__(self) -> None:
        self._start = self._now()

    def others(self) -> dict[str, float]:
        """Return the shares of all cores, in percent, of other processes and of the hypervisor."""
        seconds, busy, own, steal = (
            now - before for now, before in zip(self._now(), self._start, strict=True)
        )
        whole = max(seconds * (os.cpu_count() or 1), 1e-9)
        return {
            "others_pct": round(100 * max(0.0, busy - own) / whole, 1),
            "steal_pct": round(100 * steal / whole, 1),
        }

    @staticmethod
    def _now() -> tuple[float, float, float, float]:
        times = psutil.cpu_times()
        uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        busy = times.user + times.system + getattr(times, "nice", 0.0)
        own = sum(use.ru_utime + use.ru_stime for use in uses)
        return time.monotonic(), busy, own, getattr(times, "steal", 0.0)
