import os
from collections import namedtuple
from pathlib import Path

import pytest

from budama.system.machine import memory, processors
from budama.workflow.doctor import hardware
from budama.workflow.doctor.findings import Status

GIB = 2**30
Usage = namedtuple("Usage", "total used free")


def test_a_control_groups_share_of_the_cores_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(processors, "cpu_limit", lambda: None)
    assert hardware.cpu().status == Status.FINE
    monkeypatch.setattr(processors, "cpu_limit", lambda: 2.5)
    assert processors.usable_cores() == 2
    assert hardware.cpu().status == Status.NOTE
    assert hardware.cpu().advice == "start with --cores 2: 'all' would be 4"


def test_memory_is_that_of_the_control_group_and_of_all_jobs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = namedtuple("machine", "total available")
    monkeypatch.setattr("psutil.virtual_memory", lambda: machine(64 * GIB, 50 * GIB))
    monkeypatch.setattr(memory, "memory_limit", lambda: 2**63 - 4096)  # none, in version 1
    assert hardware.memory(16).status == Status.FINE
    monkeypatch.setattr(memory, "memory_limit", lambda: 8 * GIB)
    assert hardware.memory(4).status == Status.FINE
    short = hardware.memory(5)
    assert short.status == Status.NOTE
    assert short.seen.startswith("8.0 of 8.0 GiB free (a control group's limit; the machine has 64")


def test_a_disk_that_is_nearly_full_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "not/made/yet"
    for free, status in ((100 * GIB, Status.FINE), (GIB, Status.NOTE)):
        usage = Usage(200 * GIB, 0, free)
        monkeypatch.setattr("shutil.disk_usage", lambda _, usage=usage: usage)
        (finding,) = hardware.disks(results, [tmp_path, Path("/no/where")])
        assert finding.status == status
        assert f"results: {free / GIB:.1f} of 200.0 GiB free" in finding.seen


def test_shared_memory_that_is_too_small_for_the_loaders_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container, which has 64 MiB unless it is told otherwise."""
    monkeypatch.setattr(hardware, "_SHARED_MEMORY", tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(2**26, 0, 2**26))
    assert hardware.shared_memory(0) == hardware.shared_memory(2**26) == []
    (finding,) = hardware.shared_memory(2**26 + 1)
    assert finding.status == Status.CANNOT
    assert "--shm-size" in finding.advice


@pytest.mark.parametrize(("average", "status"), [(0.4, Status.FINE), (1.1, Status.NOTE)])
def test_a_busy_machine_is_noted(
    average: float, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (average, 0.0, 0.0))
    assert hardware.load(4).status == status


def test_glibc_must_be_told_to_keep_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    monkeypatch.setenv("MALLOC_MMAP_MAX_", "0")
    assert hardware.allocator().status == Status.FINE
    monkeypatch.delenv("MALLOC_MMAP_MAX_")
    assert hardware.allocator().status == Status.NOTE
