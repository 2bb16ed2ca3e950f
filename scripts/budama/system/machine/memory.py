"""The machine's memory, and what of it this process may use."""

from dataclasses import dataclass

import psutil

from budama.system.machine.cgroups import memory_limit


@dataclass(frozen=True)
class Memory:
    """Memory in bytes: what the machine has, what this process may use, what of that is free."""

    installed: int
    usable: int
    free: int


def read_memory() -> Memory:
    """Return the memory as it is now, within the limit of the process's control groups."""
    found = psutil.virtual_memory()
    limit = memory_limit()
    usable = found.total if limit is None else min(found.total, limit)
    return Memory(found.total, usable, min(found.available, usable))
