import json
from pathlib import Path

import onnx
import pytest

from budama.config.latency import Latency
from budama.latency import measure
from budama.latency.measure import compare, equal, self_test
from budama.latency.providers import Target
from budama.latency.statistics import Ratio
from budama.system.errors import BudamaError
from tests.unit.latency.models import MACS, products

QUICK = Latency(
    providers=["CPU"], batch_sizes=[1], processes=1, warmup=1, runs=10, seconds=0, operators=True
)


def test_four_times_the_work_takes_over_twice_as_long(tmp_path: Path) -> None:
    one = products(tmp_path / "1.onnx", 1, MACS)
    four = products(tmp_path / "4.onnx", 4, 4 * MACS)
    tested = self_test(one, QUICK)
    assert tested["measurements"][0]["ratio_low"] < 2
    found = compare(one, four, QUICK, tested)
    (figures,) = found["measurements"]
    assert figures["ratio"] > 2
    assert figures["ratio_low"] <= figures["ratio"] <= figures["ratio_high"]
    assert len(figures["ratios"]) == 1
    assert 0 < figures["model"]["peak_pct"] < 150
    assert figures["model"]["p50_ms"] <= figures["model"]["p90_ms"] <= figures["model"]["p99_ms"]
    assert found["placement"] == {"CPUExecutionProvider": 4}
    assert found["operators"][0]["kind"] == "MatMul"
    assert found["operators"][0]["model_nodes"] == 4
    json.dumps(found, allow_nan=False)


def test_a_file_that_claims_more_work_than_the_device_can_do_is_refused(tmp_path: Path) -> None:
    honest = products(tmp_path / "1.onnx", 1)
    boasting = products(tmp_path / "2.onnx", 1, 10**15)
    with pytest.raises(BudamaError, match="the clock did not wait for the work, or the MACs"):
        compare(honest, boasting, QUICK, self_test(honest, QUICK))


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
    slower = {"blocks": [[[1.0]], [[1.1]]], "warmup": [[1, True]] * 2, "macs": [None, None]}
    monkeypatch.setattr(measure, "_in_fresh_process", lambda *_: slower)
    with pytest.raises(BudamaError, match=r"two copies of .* ratio 1.100 .*stop other programs"):
        self_test(products(tmp_path / "1.onnx", 1), QUICK.model_copy(update={"processes": 6}))


def test_copies_are_equal_within_the_interval_or_two_percent() -> None:
    assert equal(Ratio(1.03, 0.99, 1.05, 0.98))
    assert equal(Ratio(1.01, 1.005, 1.015, 0.98))
    assert not equal(Ratio(1.03, 1.01, 1.05, 0.98))
    assert equal(Ratio(1.5, 1.4, 1.6, 0.75))  # of three processes, which can tell nothing


def test_the_timed_process_does_not_inherit_what_makes_the_workflow_fast(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MALLOC_MMAP_MAX_", "0")
    file, target = Path("model.onnx"), Target("CPU")
    environment = measure._as_shipped(measure.Pair((file, file), (target, target), 1))
    assert "MALLOC_MMAP_MAX_" not in environment
    assert environment["NVIDIA_TF32_OVERRIDE"] == "0"
    assert "PATH" in environment


def test_what_goes_wrong_in_the_timing_process_is_told(tmp_path: Path) -> None:
    model = products(tmp_path / "1.onnx", 1)
    other = products(tmp_path / "other.onnx", 1)
    strange = onnx.load(other)
    strange.graph.node[0].op_type = "NoSuchOperator"
    onnx.save(strange, other)
    with pytest.raises(BudamaError, match=r"cannot run .*other\.onnx"):
        compare(model, other, QUICK, self_test(model, QUICK))
