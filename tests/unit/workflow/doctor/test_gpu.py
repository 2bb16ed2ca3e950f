from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from budama.workflow.doctor.findings import Status
from budama.workflow.doctor.gpu import driver, try_torch

DRIVER = "budama.system.machine.gpus._DRIVER"


@pytest.fixture
def pretended_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "version"
    file.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 2025\n")
    monkeypatch.setattr(DRIVER, file)
    monkeypatch.setattr(torch.version, "cuda", "13.0")


def test_a_machine_without_a_driver_runs_on_the_cpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DRIVER, tmp_path / "missing")
    assert driver().status == Status.NOTE
    (finding,), gpus = try_torch("auto")
    assert (finding.status, gpus) == (Status.FINE, 0)
    assert f"torch {torch.__version__}" in finding.seen


@pytest.mark.usefixtures("pretended_driver")
def test_a_driver_that_torch_cannot_use_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_old() -> None:
        raise RuntimeError("The NVIDIA driver on your system\nis too old")

    assert driver().status == Status.FINE
    assert driver().seen.startswith("580.65.06")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", too_old)
    (finding,), gpus = try_torch("auto")
    assert (finding.status, gpus) == (Status.NOTE, 0)
    assert "it sees no GPU: The NVIDIA driver on your system is too old" in finding.seen
    monkeypatch.setattr(torch.version, "cuda", None)
    (finding,), _ = try_torch("auto")
    assert "built for CPUs: it cannot use the GPU" in finding.seen


@pytest.mark.usefixtures("pretended_driver")
@pytest.mark.parametrize(("device", "status"), [("auto", Status.CANNOT), ("cpu", Status.NOTE)])
def test_every_gpu_must_compute(
    device: str, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two GPUs of which the second is too old for this torch."""

    def moved(values: torch.Tensor, place: int) -> torch.Tensor:
        if place == 1:
            raise RuntimeError("no kernel image is available for execution on the device")
        return values

    def properties(place: int) -> Any:
        return SimpleNamespace(name=f"GPU {place}", total_memory=2**34)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", properties)
    monkeypatch.setattr(torch.Tensor, "cuda", moved)
    (_, works, fails), gpus = try_torch(device)
    assert gpus == 1
    assert (works.status, works.seen) == (Status.FINE, "computes on GPU 0 (16 GiB)")
    assert fails.status == status
    assert fails.seen.startswith("does not compute on GPU 1 (16 GiB): no kernel image")
