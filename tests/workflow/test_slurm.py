"""The shipped profile on a real SLURM: jobs, their GPUs, failures and interruptions.

``cluster.py`` starts it, and installs what it needs if it may.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.workflow.cluster import Cluster, UnavailableError, make_available, wait_until
from tests.workflow.project import Project

PROFILE = "profiles/slurm/config.yaml"
PROFILE_ARGUMENTS = ("--workflow-profile", "profiles/slurm")
DENSE = "results/tasks/small/dense"
CELLS = "results/tasks/small/cells"
COVERAGE = f"{CELLS}/coverage/layer/none/channels-0.25/refit/recover/seed0"
MAGNITUDE = f"{CELLS}/magnitude/layer/none/channels-0.25/refit/recover/seed0"
# No waiting for files or between questions: the "other machine" is this one.
AT_ONCE = """
slurm-init-seconds-before-status-checks: 1
max-status-checks-per-second: 10
slurm-keep-successful-logs: true
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    try:
        make_available()
        with Cluster() as cluster:
            yield cluster
    except UnavailableError as reason:
        pytest.skip(f"THE CLUSTER IS NOT TESTED HERE: {reason}")


class Site:
    """A project whose profile a user has fitted to the cluster, and Snakemake run with it."""

    def __init__(self, project: Project, cluster: Cluster) -> None:
        self.project, self.cluster = project, cluster
        self.output = project.folder / "snakemake.txt"
        project.edit(PROFILE, "# slurm_partition: gpu ", "slurm_partition: ordinary ")
        project.edit(PROFILE, "# gpu_model: ", "gpu_model: ")
        project.edit(PROFILE, "# slurm-status-command:", "slurm-status-command:")
        project.edit(PROFILE, "latency-wait: 60", f"latency-wait: 5{AT_ONCE}")
        project.edit("config/config.yaml", "device: cpu", "device: auto")
        project.edit(
            "config/config.yaml",
            "    recipe: start\n",
            "    recipe: start\n    cluster: {hours: 1, memory_gb: 1}\n",
        )

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        library = {"PYTHONPATH": str(self.project.folder / "scripts")}
        with self.output.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "snakemake", *PROFILE_ARGUMENTS, *arguments],
                cwd=self.project.folder,
                env=self.cluster.environment | library,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def submitted(self) -> list[tuple[str, str]]:
        """Return the number and the rule of every job that was submitted in this run."""
        return re.findall(r"SLURM jobid (\d+) \(log: \S*/rule_(\w+)/", self.output.read_text())

    def scripts(self) -> dict[str, psutil.Process]:
        """Return the stages that run now, by the names of their scripts."""
        found = {}
        for process in self.cluster.processes():
            try:
                command = process.cmdline()
            except psutil.Error:
                continue
            if len(command) > 1 and Path(command[1]).parent.name == "scripts":
                found[Path(command[1]).name] = process
        return found


@pytest.fixture
def site(finished: Project, cluster: Cluster) -> Site:
    return Site(finished, cluster)


def test_a_site_reruns_nothing(site: Site) -> None:
    """What is asked of a cluster is not part of a result."""
    assert site.project.planned() == set()
    assert site.project.planned(*PROFILE_ARGUMENTS) == set()


def test_several_gpus_are_asked_of_one_node(finished: Project, tmp_path: Path) -> None:
    """Unless sbatch is told so, it may spread them; a pretended one shows what it is told."""
    (tmp_path / "sbatch").write_text('#!/bin/sh\necho "$@" > "${0%/*}/asked"; exit 1\n')
    (tmp_path / "sbatch").chmod(0o755)
    finished.edit(PROFILE, "# slurm-no-account", "slurm-no-account")
    finished.edit(PROFILE, "# slurm_partition", "slurm_partition")
    finished.edit(PROFILE, "latency-wait: 60", f"latency-wait: 5{AT_ONCE}")
    four_gpus = ("--config", "compute={device: cuda, processes: 4}")
    dense = ("--retries=0", "--force", f"{DENSE}/model.json")
    subprocess.run(
        [sys.executable, "-m", "snakemake", *PROFILE_ARGUMENTS, *four_gpus, *dense],
        cwd=finished.folder,
        env=os.environ
        | {"PYTHONPATH": str(finished.folder / "scripts")}
        | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=False,
    )
    asked = (tmp_path / "asked").read_text().split()
    assert {"--nodes=1", "--gpus=4"} <= set(asked)


def test_jobs_run_under_slurm_with_the_gpus_that_they_ask_for(site: Site) -> None:
    """The profile names a model of GPU, and where Snakemake runs there need be none."""
    folder = site.project.folder
    again = [f"{DENSE}/evaluation.json", f"{COVERAGE}/model.onnx", f"{MAGNITUDE}/latency.json"]
    exported = (folder / again[1]).read_bytes()
    here = f"{MAGNITUDE}/README.md"  # a card is written where Snakemake runs
    for file in [*again, here]:
        (folder / file).unlink()
    running = site.start(*again, here)
    gpus: dict[str, str | None] = {}
    while running.poll() is None:
        for script, process in site.scripts().items():
            try:
                environment = process.environ()
            except psutil.Error:
                continue
            if environment:  # that of a process which is just ending is empty
                gpus[script] = environment.get("CUDA_VISIBLE_DEVICES")
        time.sleep(0.2)
    assert running.returncode == 0, site.output.read_text()
    assert (folder / again[1]).read_bytes() == exported
    assert all((folder / file).exists() for file in [*again, here])
    jobs = {rule: number for number, rule in site.submitted()}
    assert jobs.keys() == {"evaluate", "export", "latency"}
    assert gpus["export.py"] is None
    assert gpus["evaluate.py"] in {"0", "1"} and gpus["latency.py"] in {"0", "1"}
    described = {rule: site.cluster.describe(job) for rule, job in jobs.items()}
    assert "gres:gpu:a100:1" in described["evaluate"]
    assert "gres:gpu" not in described["export"]
    assert "TimeLimit=00:15:00" in described["export"]
    assert "OverSubscribe=NO" in described["latency"]
    assert "OverSubscribe=OK" in described["evaluate"]


def test_a_failing_job_is_reported_with_its_log(site: Site) -> None:
    (site.project.folder / DENSE / "model.safetensors").write_bytes(b"no model")
    running = site.start("--retries", "0", f"{DENSE}/export.json")
    assert running.wait() == 1
    output = site.output.read_text()
    assert "Error in rule export" in output
    assert "results/logs/small/export/dense.log" in output
    (log,) = re.findall(r"SLURM jobid \d+ \(log: (\S*\.log)\)", output)
    assert re.search(r"^error: .*model\.safetensors", Path(log).read_text(), re.MULTILINE)


def test_an_interrupted_training_goes_on_where_it_was(site: Site) -> None:
    """Preempted, cancelled, requeued: it gets SIGTERM, saves and stops.

    The weights are those of an undisturbed run. The first two are submitted again by Snakemake, the
    third is started again by SLURM itself.
    """
    project, cluster = site.project, site.cluster
    project.edit("config/config.yaml", "device: auto", "device: cpu")
    project.edit("config/config.yaml", "recover: {epochs: 1", "recover: {epochs: 100")
    folder = project.folder / MAGNITUDE
    assert project.snakemake(f"{MAGNITUDE}/model.safetensors").returncode == 0
    undisturbed = (folder / "model.safetensors").read_bytes()
    for name in ("model.safetensors", "model.json", "curve.csv"):
        (folder / name).unlink()

    running = site.start(f"{MAGNITUDE}/model.safetensors")
    try:
        first = _in_training(site, 1)
        cluster.run("sbatch", "--partition=urgent", "--exclusive", "--output=/dev/null", "--wrap=:")
        second = _in_training(site, 2)
        cluster.run("scancel", second)
        third = _in_training(site, 3)
        cluster.run("scontrol", "requeue", third)
        assert running.wait(300) == 0, site.output.read_text()
    finally:
        running.kill()
    assert (folder / "model.safetensors").read_bytes() == undisturbed
    assert len(site.submitted()) == 3
    assert "Restarts=1" in cluster.describe(third)
    states = cluster.jobs()
    assert (states[first], states[second]) == ("FAILED", "CANCELLED")
    for job in (first, second):
        (log,) = (project.folder / ".snakemake/slurm_logs").rglob(f"{job}.log")
        assert "error: stopped by SIGTERM after step" in log.read_text()
    (log,) = (project.folder / "results/logs/small/finetune").glob("magnitude-*.log")
    assert "goes on after step" in log.read_text()


def _in_training(site: Site, number: int) -> str:
    """Wait until the ``number``-th job has trained an epoch; return what SLURM calls it."""
    curve = site.project.folder / MAGNITUDE / "curve.csv"
    wait_until(
        lambda: len(site.submitted()) == number and curve.exists(), 180, site.output.read_text
    )
    return site.submitted()[-1][0]
