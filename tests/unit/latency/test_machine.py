import os
from pathlib import Path

import pytest

from budama.latency import machine
from budama.latency.machine import Watch, describe_machine, gpu_state, peak_of
from budama.latency.providers import Target


def test_the_gpu_is_described_as_nvidia_smi_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(
        '#!/bin/sh\n[ "$1" = --id=93 ] && echo "NVIDIA H100 80GB HBM3, GPU-1, 1980, 1980, 34, 0"\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "93,94")  # a real GPU's name is kept
    assert gpu_state()["name"] == "NVIDIA H100 80GB HBM3"
    peak = peak_of(Target("CUDA", precision="fp16"))
    assert peak is not None
    assert peak.flops == 989.4e12
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "90")
    assert gpu_state() == {}
    assert peak_of(Target("CUDA")) is None


def test_two_threads_have_twice_the_peak_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_clock", lambda: (2500.0, True))  # told anew, it may differ
    one, two = peak_of(Target("CPU", 1)), peak_of(Target("CPU", 2))
    assert one is not None and two is not None
    assert two.flops == min(2, len(os.sched_getaffinity(0))) * one.flops


def test_own_work_is_not_that_of_others() -> None:
    watch = Watch()
    sum(range(20_000_000))
    found = watch.others()
    assert 0 <= found["others_pct"] <= 100
    assert found["steal_pct"] >= 0


def test_the_machine_is_described() -> None:
    found = describe_machine("CPU")
    assert found["cores"] >= 1
    assert found["affinity"] == sorted(os.sched_getaffinity(0))
    assert "gpu" not in found
