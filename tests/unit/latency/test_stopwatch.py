"""Candidates that were timed are remembered, and nothing else is taken for them."""

from pathlib import Path
from typing import Any

import pytest

from budama.config.latency import Latency
from budama.latency.statistics import Ratio
from budama.latency.stopwatch import Stopwatch, memory_of
from tests.unit.latency import fakes
from tests.unit.pruning.timed.tables import DEVICE, group

SETTINGS = Latency(processes=7, warmup=50, runs=200, seconds=2)
GROUPS = [group("a", 16), group("b", 8)]


def share(content: bytes) -> float:
    """A candidate takes as long as its file says how wide group a is."""
    return float(eval(content).get("a", 16)) / 16


def watch(
    memory: Path,
    settings: Latency = SETTINGS,
    architecture: str = "own",
    machine: dict[str, str] | None = None,
) -> tuple[Stopwatch, fakes.Bench]:
    bench: Any = fakes.Bench(share, settings)
    bench.machine |= machine or {}
    variants: Any = fakes.Variants(GROUPS, architecture)
    return Stopwatch(bench, variants, memory), bench


def test_a_candidate_is_timed_against_the_dense_network(tmp_path: Path) -> None:
    own, bench = watch(tmp_path)
    assert own.device == DEVICE
    assert own.in_short({"a": 4, "b": 8}) == 0.25
    ratio = own.thoroughly({"a": 8, "b": 8})
    assert (ratio.value, ratio.low, ratio.high) == (0.5, 0.5, 0.5)
    assert bench.timed == [b"{'a': 4}", b"{'a': 8}"]


def test_what_is_timed_in_short_takes_no_longer_than_what_is_asked_for(tmp_path: Path) -> None:
    own, bench = watch(tmp_path)
    own.in_short({"a": 4})
    own.thoroughly({"a": 4})
    short, thorough = bench.plans
    assert (short.processes, short.warmup, short.runs, short.seconds) == (3, 5, 10, 0.3)
    assert thorough == SETTINGS
    quick = Latency(processes=1, warmup=1, runs=1, seconds=0)
    own, bench = watch(tmp_path, quick)
    own.in_short({"a": 4})
    assert bench.plans == [quick]


def test_the_same_widths_are_never_timed_twice(tmp_path: Path) -> None:
    first, bench = watch(tmp_path)
    found = first.in_short({"a": 4})
    assert first.in_short({"b": 8, "a": 4}) == first.in_short({"a": 4, "other": 3}) == found
    second, later = watch(tmp_path)
    assert second.in_short({"a": 4}) == found
    assert (len(bench.timed), later.timed) == (1, [])
    assert second.thoroughly({"a": 4}).value == second.thoroughly({"a": 4}).value
    assert len(later.timed) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"architecture": "another"},
        {"machine": {"cpu": "another CPU"}},
        {"machine": {"onnxruntime": "2.0"}},
        {"settings": SETTINGS.model_copy(update={"processes": 1})},
    ],
)
def test_another_network_machine_or_plan_is_timed(tmp_path: Path, other: dict[str, Any]) -> None:
    own, _ = watch(tmp_path)
    own.in_short({"a": 4})
    later, bench = watch(tmp_path, **other)
    later.in_short({"a": 4})
    assert len(bench.timed) == 1


def test_a_thorough_time_is_taken_again_or_forgotten_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [Ratio(low + 0.05, low, low + 0.1, 0.98) for low in (0.4, 0.5, 0.6, 0.7)]
    monkeypatch.setattr(Stopwatch, "_measured", lambda *_: given.pop(0))
    own, _ = watch(tmp_path)
    short = own.in_short({"a": 4})
    assert [own.thoroughly({"a": 4}).low for _ in range(2)] == [0.5, 0.5]
    assert own.thoroughly({"a": 4}, again=True).low == own.thoroughly({"a": 4}).low == 0.6
    own.forget({"a": 4})
    assert own.thoroughly({"a": 4}).low == 0.7
    assert own.in_short({"a": 4}) == short


@pytest.mark.parametrize("content", ["", "{", "[]", '{"ratio": {"value": 0.3}}', '{"ratio": 1}'])
def test_a_damaged_memory_is_timed_again(tmp_path: Path, content: str) -> None:
    own, bench = watch(tmp_path)
    found = own.in_short({"a": 4})
    (file,) = tmp_path.iterdir()
    whole = file.read_text()
    file.write_text(content)
    assert own.in_short({"a": 4}) == found
    assert len(bench.timed) == 2
    assert file.read_text() == whole


def test_memory_stands_beside_its_table() -> None:
    assert memory_of(Path("costs/cpu-batch1.json")) == Path("costs/cpu-batch1")
