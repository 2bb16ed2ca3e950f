"""The machine of a measurement: what it is, and how busy others kept it meanwhile."""

import platform
import resource
import time
from typing import Any

import onnxruntime
import psutil

from budama.latency.physics import Peak, cpu_peak, gpu_peak
from budama.latency.providers import Target
from budama.latency.requirements import needs_driver
from budama.system.machine.gpus import driver_version, gpu_name, gpu_state
from budama.system.machine.memory import read_memory
from budama.system.machine.processors import (
    all_cores,
    allowed_cores,
    cpu_clock,
    cpu_flags,
    cpu_name,
    load_average,
)


def describe_machine(provider: str) -> dict[str, Any]:
    """Return what the machine is: names, cores, clocks, versions; on a GPU its state, too."""
    found: dict[str, Any] = {
        "host": platform.node(),
        "cpu": cpu_name(),
        "cores": all_cores(),
        "affinity": allowed_cores(),
        "clock_mhz": cpu_clock()[0],
        "memory_gib": round(read_memory().installed / 2**30, 1),
        "load_average": load_average(),
        "onnxruntime": onnxruntime.__version__,
        "python": platform.python_version(),
        "kernel": platform.release(),
    }
    if needs_driver(provider):
        found |= {"driver": driver_version(), "gpu": gpu_state()}
    return found


def peak_of(target: Target) -> Peak | None:
    """Return what the target of a session can do at most, or ``None`` if that is not known."""
    if needs_driver(target.provider):
        return gpu_peak(gpu_name(), target.precision)
    clock, boost_known = cpu_clock()
    cores = min(target.threads, len(allowed_cores()))
    return cpu_peak(cpu_flags(), cores, clock and clock * 1e6, boost_known, target.precision)


class Watch:
    """How much of the machine others used while this process and its children worked."""

    def __init__(self) -> None:
        self._start = self._now()

    def others(self) -> dict[str, float]:
        """Return the shares of all cores, in percent, of other processes and of the hypervisor."""
        seconds, busy, own, steal = (
            now - before for now, before in zip(self._now(), self._start, strict=True)
        )
        whole = max(seconds * all_cores(), 1e-9)
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
