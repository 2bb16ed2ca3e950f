import os

import pytest

from budama.latency import machine
from budama.latency.machine import Watch, describe_machine, peak_of
from budama.latency.providers import Target


def test_the_peak_of_a_gpu_follows_from_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "gpu_name", lambda: "NVIDIA H100 80GB HBM3")
    peak = peak_of(Target("CUDA", precision="fp16"))
    assert peak is not None
    assert peak.flops == 989.4e12
    monkeypatch.setattr(machine, "gpu_name", lambda: "")
    assert peak_of(Target("CUDA")) is None


def test_two_threads_have_twice_the_peak_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cpu_clock", lambda: (2500.0, True))  # told anew, it may differ
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
