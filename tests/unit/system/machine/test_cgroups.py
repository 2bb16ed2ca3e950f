from pathlib import Path

import pytest

from budama.system.machine import cgroups

GIB = 2**30


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cgroups, "_OWN", tmp_path / "own")
    monkeypatch.setattr(cgroups, "_ROOT", tmp_path)
    return tmp_path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n")


def test_without_control_groups_nothing_is_limited(groups: Path) -> None:
    assert cgroups.cpu_limit() is None
    assert cgroups.memory_limit() is None
    write(groups / "own", "0::/job")
    write(groups / "job/cpu.max", "max 100000")
    write(groups / "job/memory.max", "max")
    assert cgroups.cpu_limit() is None
    assert cgroups.memory_limit() is None


def test_the_tightest_limit_above_a_process_holds(groups: Path) -> None:
    write(groups / "own", "0::/slurm/job")
    write(groups / "slurm/job/cpu.max", "max 100000")
    write(groups / "slurm/cpu.max", "250000 100000")
    write(groups / "slurm/memory.max", str(3 * GIB))
    write(groups / "slurm/job/memory.max", str(4 * GIB))
    assert cgroups.cpu_limit() == 2.5
    assert cgroups.memory_limit() == 3 * GIB


def test_limits_of_version_1_are_read(groups: Path) -> None:
    write(groups / "own", "5:cpu,cpuacct:/job\n4:memory:/job\n0::/")
    write(groups / "cpu/job/cpu.cfs_quota_us", "150000")
    write(groups / "cpu/job/cpu.cfs_period_us", "100000")
    write(groups / "cpu/cpu.cfs_quota_us", "-1")
    write(groups / "memory/job/memory.limit_in_bytes", str(GIB))
    assert cgroups.cpu_limit() == 1.5
    assert cgroups.memory_limit() == GIB
