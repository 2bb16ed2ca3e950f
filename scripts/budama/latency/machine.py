"""The machine of a measurement: what it is, and how busy others kept it meanwhile."""

import platform
import resource
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

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


class Use(NamedTuple):
    """What was used of the processors in a span of time, all in seconds, summed over the cores."""

    seconds: float
    busy: float
    own: float
    steal: float


class Watch:
    """What others and this process, with its children that have ended, use from now on."""

    def __init__(self) -> None:
        self._start = _used()

    def use(self) -> Use:
        """Return what was used since the start."""
        pairs = zip(_used(), self._start, strict=True)
        return Use(*(now - before for now, before in pairs))


def share_of_others(uses: Iterable[Use]) -> dict[str, float]:
    """Return the shares of all cores, in percent, of other processes and of the hypervisor.

    ``uses`` are those of all the spans in which something was timed, and of no other.
    """
    seconds, busy, own, steal = (sum(each) for each in zip(*uses, strict=True))
    whole = max(seconds * all_cores(), 1e-9)
    return {
        # the kernel counts in hundredths of a second: of a short span, nearly all or below nothing
        "others_pct": round(100 * min(1.0, max(0.0, busy - own) / whole), 1),
        "steal_pct": round(100 * min(1.0, steal / whole), 1),
    }


def _used() -> Use:
    times = psutil.cpu_times()
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    busy = times.user + times.system + getattr(times, "nice", 0.0)
    own = sum(use.ru_utime + use.ru_stime for use in uses)
    return Use(time.monotonic(), busy, own, getattr(times, "steal", 0.0))
