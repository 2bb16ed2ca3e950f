import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import budama.system.reruns.packages
from budama.system.reruns.packages import pins
from budama.workflow.doctor import environment
from budama.workflow.doctor.environment import packages, slurm
from budama.workflow.doctor.findings import Status

ROOT = Path(__file__).parents[4]


def test_only_the_pins_of_this_machine_count(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(
        "# made by uv\nrich==1.2.3\n    # via -r requirements.in\n"
        "colorama==0.4.6 ; sys_platform == 'win32'\n"
    )
    assert list(pins(file)) == [("rich", "1.2.3")]
    assert len(dict(pins(ROOT / "envs/requirements.txt"))) > 50


def test_missing_packages_cannot_and_other_versions_are_noted(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(f"rich=={version('rich')}\n")
    (whole,) = packages(file)
    assert (whole.status, whole.seen.split(";")[0]) == (Status.FINE, "1 packages as pinned")
    file.write_text("rich==0.0.1\nno-such-package==1.0\n")
    missing, other = packages(file)
    assert (missing.status, missing.advice) == (Status.CANNOT, "make env")
    assert missing.seen == "not installed: no-such-package"
    assert other.status == Status.NOTE
    assert other.seen == f"rich {version('rich')} (pinned: 0.0.1)"


def test_another_build_of_a_version_is_noted_and_openvinos_stands_for_cudas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {"torch": "2.13.0+cpu", "onnxruntime-openvino": "1.31.1"}

    def found(name: str) -> str:
        if name not in there:
            raise PackageNotFoundError(name)
        return there[name]

    monkeypatch.setattr(budama.system.reruns.packages, "version", found)
    file = tmp_path / "requirements.txt"
    file.write_text("torch==2.13.0\nonnxruntime-gpu==1.31.1\n")
    (finding,) = packages(file)
    assert finding.status == Status.NOTE
    assert finding.seen == "torch 2.13.0+cpu (pinned: 2.13.0)"


def test_a_cluster_without_snakemakes_plugin_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(environment, "installed", lambda _: None)
    assert slurm() == []
    (tmp_path / "sbatch").symlink_to(sys.executable)
    (finding,) = slurm()
    assert finding.status == Status.NOTE
    assert "uv pip install snakemake-executor-plugin-slurm" in finding.advice
