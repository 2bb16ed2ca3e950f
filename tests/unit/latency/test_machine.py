import os

import pytest

from budama.latency import machine
from budama.latency.machine import Use, Watch, describe_machine, peak_of, share_of_others
from budama.latency.providers import Target
from budama.system.machine.processors import all_cores


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
    found = share_of_others([watch.use()])
    assert 0 <= found["others_pct"] <= 100
    assert found["steal_pct"] >= 0


def test_the_shares_are_those_of_all_spans_in_which_something_was_timed() -> None:
    cores = all_cores()
    alone = Use(seconds=10.0, busy=4.0, own=4.0, steal=0.0)
    shared = Use(seconds=10.0, busy=4.0 + 5 * cores, own=4.0, steal=1.0 * cores)
    assert share_of_others([alone]) == {"others_pct": 0.0, "steal_pct": 0.0}
    assert share_of_others([alone, shared]) == {"others_pct": 25.0, "steal_pct": 5.0}


def test_nobody_uses_more_than_the_machine() -> None:
    """Of a moment the kernel's clock, which ticks in hundredths of a second, once made 1,690%."""
    moment = Use(seconds=1e-4, busy=0.05, own=0.0, steal=0.01)
    assert share_of_others([moment]) == {"others_pct": 100.0, "steal_pct": 100.0}


def test_the_machine_is_described() -> None:
    found = describe_machine("CPU")
    assert found["cores"] >= 1
    assert found["affinity"] == sorted(os.sched_getaffinity(0))
    assert "gpu" not in found
