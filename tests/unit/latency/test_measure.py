import json
import time
from pathlib import Path
from typing import Any

import onnx
import pytest

from budama.config.latency import Latency
from budama.latency import machine, measure
from budama.latency.measure import compare, equal, judge, physics, self_test
from budama.latency.providers import Target
from budama.latency.statistics import Ratio
from budama.system.errors import BudamaError
from tests.unit.latency.models import MACS, products

QUICK = Latency(
    providers=["CPU"], batch_sizes=[1], processes=1, warmup=1, runs=10, seconds=0, operators=True
)


def test_four_times_the_work_takes_over_twice_as_long(tmp_path: Path) -> None:
    one = products(tmp_path / "1.onnx", 1)
    four = products(tmp_path / "4.onnx", 4)
    tested = self_test(one, QUICK)
    assert tested["measurements"][0]["ratio_low"] < 2
    assert tested["told_apart"][0]["decoys"] == ["other weights", "other shapes"]
    found = compare(one, four, QUICK, tested)
    (figures,) = found["measurements"]
    assert figures["ratio"] > 2
    assert figures["ratio_low"] <= figures["ratio"] <= figures["ratio_high"]
    assert len(figures["ratios"]) == 1
    assert 0 < figures["model"]["peak_pct"] < 150
    assert figures["model"]["macs"] == 4 * MACS
    assert figures["model"]["p50_ms"] <= figures["model"]["p90_ms"] <= figures["model"]["p99_ms"]
    assert found["placement"] == {"CPUExecutionProvider": 4}
    assert found["operators"][0]["kind"] == "MatMul"
    assert found["operators"][0]["model_nodes"] == 4
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("told", ["-1", "0", "many", "1" + "0" * 400, "1e3", "nan", str(10**15)])
def test_what_a_file_says_of_its_work_is_not_read(tmp_path: Path, told: str) -> None:
    """It may be wrong, or no number, and physics must not judge by it: the graph is counted."""
    file = products(tmp_path / "1.onnx", 1, told)
    target = Target("CPU")
    times = {"blocks": [[[1e-2]], [[1e-2]]], "warmup": [[1, True]] * 2}
    found = judge(measure.Pair((file, file), (target, target), 1), [times])
    assert found["model"]["macs"] == MACS


def test_a_time_that_the_device_cannot_reach_is_refused(tmp_path: Path) -> None:
    file, target = products(tmp_path / "1.onnx", 1), Target("CPU")
    with pytest.raises(BudamaError, match="the clock did not wait for the work, or the MACs"):
        physics(measure.Pair((file, file), (target, target), 1), 0, 1e-9)


def test_another_machine_s_self_test_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = products(tmp_path / "1.onnx", 1)
    tested = self_test(model, QUICK)
    checked = []
    monkeypatch.setattr(measure.Bench, "check_itself", lambda _, file: checked.append(file))
    compare(model, model, QUICK, tested)
    assert checked == []
    compare(model, model, QUICK, tested | {"machine": tested["machine"] | {"host": "another"}})
    assert checked == [model]


def test_copies_that_differ_stop_the_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slower = {"blocks": [[[1.0]], [[1.1]]], "warmup": [[1, True]] * 2}
    monkeypatch.setattr(measure, "in_fresh_process", lambda *_, **__: slower)
    monkeypatch.setattr(measure, "check_apart", lambda *_: {})
    with pytest.raises(BudamaError, match=r"two copies of .* ratio 1.100 .*stop other programs"):
        self_test(products(tmp_path / "1.onnx", 1), QUICK.model_copy(update={"processes": 6}))


def test_copies_are_equal_within_the_interval_or_two_percent() -> None:
    assert equal(Ratio(1.03, 0.99, 1.05, 0.98))
    assert equal(Ratio(1.01, 1.005, 1.015, 0.98))
    assert not equal(Ratio(1.03, 1.01, 1.05, 0.98))
    assert equal(Ratio(1.5, 1.4, 1.6, 0.75))  # of three processes, which can tell nothing


def test_the_watch_spans_the_timing_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The self-test's two copies are timed first; what others used meanwhile counts, too."""
    seconds = 0.2
    seen: list[machine.Use] = []

    def slowly(*_: Any, **__: Any) -> dict[str, Any]:
        time.sleep(seconds)
        return {"blocks": [[[1e-2]], [[1e-2]]], "warmup": [[1, True]] * 2}

    def share(uses: list[machine.Use]) -> dict[str, float]:
        seen.extend(uses)
        return machine.share_of_others(uses)

    monkeypatch.setattr(measure, "in_fresh_process", slowly)
    monkeypatch.setattr(measure, "share_of_others", share)
    monkeypatch.setattr(measure, "check_apart", lambda *_: time.sleep(seconds))
    self_test(products(tmp_path / "1.onnx", 1), QUICK)
    assert seconds <= sum(use.seconds for use in seen) < 2 * seconds


def test_what_goes_wrong_in_the_timing_process_is_told(tmp_path: Path) -> None:
    model = products(tmp_path / "1.onnx", 1)
    other = products(tmp_path / "other.onnx", 1)
    strange = onnx.load(other)
    strange.graph.node[0].op_type = "NoSuchOperator"
    onnx.save(strange, other)
    with pytest.raises(BudamaError, match=r"cannot run .*other\.onnx"):
        compare(model, other, QUICK, self_test(model, QUICK))
