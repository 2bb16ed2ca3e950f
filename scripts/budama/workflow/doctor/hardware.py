"""Cores, memory, disks, and how quiet the machine is."""

import os
import platform
import shutil
from collections.abc import Iterable
from pathlib import Path

from budama.system.machine.memory import read_memory
from budama.system.machine.processors import (
    all_cores,
    allowed_cores,
    cpu_name,
    load_average,
    usable_cores,
)
from budama.workflow.doctor.findings import Finding, cannot, fine, note

GIB = 2**30
JOB_MEMORY = 2 * GIB  # a rule of thumb: a job that trains or exports a middle-sized network
LITTLE_DISK = 5 * GIB
# of the cores that are used by others: figures of latency spread from there on
BUSY = 0.25
_SHARED_MEMORY = Path("/dev/shm")


def cpu() -> Finding:
    """Return which processor it is, and what of it may be used."""
    whole, allowed, usable = all_cores(), len(allowed_cores()), usable_cores()
    seen = f"{cpu_name()}, {whole} cores"
    if usable < allowed:
        return note(
            "CPU",
            f"{seen}; a control group gives the time of {usable}",
            f"start with --cores {usable}: 'all' would be {allowed}",
        )
    if allowed < whole:
        return note("CPU", f"{seen}; this process may use {allowed}")
    return fine("CPU", seen)


def memory(jobs: int) -> Finding:
    """Return the memory, and whether it is enough for ``jobs`` jobs at once."""
    found = read_memory()
    seen = f"{found.free / GIB:.1f} of {found.usable / GIB:.1f} GiB free"
    if found.usable < found.installed:
        seen += f" (a control group's limit; the machine has {found.installed / GIB:.1f})"
    if found.free < jobs * JOB_MEMORY:
        return note(
            "memory",
            f"{seen}; {jobs} job{'s' * (jobs > 1)} at once may need "
            f"{jobs * JOB_MEMORY / GIB:.0f} GiB",
            "start with fewer --cores, or raise compute.threads.cell, if jobs are killed",
        )
    return fine("memory", seen)


def disks(results: Path, datasets: Iterable[Path]) -> list[Finding]:
    """Return what is free where the results go, and on other disks where datasets are."""
    findings = [_disk("results", results)]
    seen = {_existing(results).stat().st_dev}
    for root in datasets:
        device = _existing(root).stat().st_dev
        if root.exists() and device not in seen:
            seen.add(device)
            free = shutil.disk_usage(root).free
            findings.append(fine("disk", f"{root}: {free / GIB:.1f} GiB free"))
    return findings


def shared_memory(needed: int) -> list[Finding]:
    """Return whether processes that load images can hand over ``needed`` bytes of them."""
    if not needed or not _SHARED_MEMORY.is_dir():
        return []
    free = shutil.disk_usage(_SHARED_MEMORY).free
    if free >= needed:
        return []
    return [
        cannot(
            "compute",
            f"compute.workers: they may hold {needed / GIB:.2f} GiB of images in {_SHARED_MEMORY}, "
            f"which has {free / GIB:.2f}",
            "set fewer compute.workers (0 needs none), or give a container more: --shm-size",
        )
    ]


def load(cores: int) -> Finding:
    """Return how busy the machine was in the last minute, of which ``cores`` are ours."""
    average = load_average()
    seen = f"load average {average:.2f} on {cores} core{'s' * (cores > 1)}"
    if average > BUSY * cores:
        advice = "latencies that are measured now will be noisy: stop what else runs"
        return note("load", seen, advice)
    return fine("load", seen)


def allocator() -> Finding:
    """Return whether freed memory is kept, without which training on a CPU is much slower."""
    library = platform.libc_ver()[0]
    if library != "glibc":
        return note("malloc", f"the C library is not glibc ({library or 'unknown'})")
    if os.environ.get("LD_PRELOAD"):
        return note("malloc", f"LD_PRELOAD is {os.environ['LD_PRELOAD']}: it may replace glibc's")
    if os.environ.get("MALLOC_MMAP_MAX_") != "0":
        return note(
            "malloc",
            "glibc returns freed memory at once",
            "set MALLOC_MMAP_MAX_=0 and MALLOC_TRIM_THRESHOLD_=17179869184, as the workflow does",
        )
    return fine("malloc", "glibc keeps freed memory")


def _disk(what: str, folder: Path) -> Finding:
    space = shutil.disk_usage(_existing(folder))
    seen = f"{what}: {space.free / GIB:.1f} of {space.total / GIB:.1f} GiB free"
    if space.free < LITTLE_DISK:
        return note("disk", seen, "every model of every cell is kept: free some space")
    return fine("disk", seen)


def _existing(path: Path) -> Path:
    """Return ``path``, or the nearest folder above it that exists."""
    absolute = path.absolute()
    return next(place for place in (absolute, *absolute.parents) if place.exists())
