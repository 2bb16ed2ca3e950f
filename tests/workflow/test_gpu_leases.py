"""GPUs of one machine, shared by leases: with pretended devices, on the real workflow."""

import re
from pathlib import Path

import pytest

from tests.workflow.project import Project

SCORES = "results/tasks/small/scores/magnitude.safetensors"


def with_gpus(project: Project, monkeypatch: pytest.MonkeyPatch, leases: Path) -> None:
    """Pretend that a driver is loaded and that there are two devices."""
    path_set = 'sys.path.insert(0, str(ROOT / "scripts"))'
    pretended = "from budama.system.machine import gpus; gpus.has_gpu = lambda: True"
    project.edit("Snakefile", path_set, f"{path_set}; {pretended}")
    project.edit("config/config.yaml", "device: cpu", "device: auto")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setenv("BUDAMA_LEASES", str(leases))
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)  # would be in the locks' names


def test_a_job_runs_on_a_device_of_its_own(
    finished: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gpus(finished, monkeypatch, tmp_path / "leases")
    assert finished.planned() == set()  # where the work runs is not part of any result
    done = finished.snakemake("--force", SCORES)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "leases/0.lock").exists()


def test_every_job_that_asks_for_a_gpu_takes_a_lease(
    fresh: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gpus(fresh, monkeypatch, tmp_path / "leases")
    wanted = ("--config", "compute={processes: 2}", "--resources", "gpu=2")
    done = fresh.snakemake("-n", "-p", *wanted)
    assert done.returncode == 0, done.stdout
    leased = set(re.findall(r"lease\.py (\d -- \S+).*? scripts/(\w+)\.py", done.stdout))
    one = {"calibrate", "prune", "evaluate", "selftest", "latency"}
    training = {("2 -- torchrun", name) for name in ("dense", "finetune")}
    assert leased == {("1 -- python", name) for name in one} | training


def test_what_is_timed_takes_a_lease_where_all_else_runs_on_the_cpu(
    fresh: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gpus(fresh, monkeypatch, tmp_path / "leases")
    done = fresh.snakemake("-n", "-p", "--config", "compute={device: cpu}", "--resources", "gpu=1")
    assert done.returncode == 0, done.stdout
    leased = set(re.findall(r"lease\.py 1 -- python.*? scripts/(\w+)\.py", done.stdout))
    assert leased == {"selftest", "latency"}


def test_more_gpus_than_snakemake_may_use_are_refused(
    fresh: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snakemake alone would cut the request down to what there is, and start the job."""
    with_gpus(fresh, monkeypatch, tmp_path / "leases")
    done = fresh.snakemake("-n", "--config", "compute={processes: 2}")
    assert done.returncode != 0
    assert "compute.processes is 2, each with a GPU of its own" in done.stdout
    assert "give it more with --resources gpu=2" in done.stdout


def test_batches_that_processes_cannot_share_are_refused(fresh: Project) -> None:
    done = fresh.snakemake("-n", "--config", "compute={device: cpu, processes: 3}")
    assert done.returncode != 0
    assert "cannot be shared equally by compute.processes 3" in done.stdout
