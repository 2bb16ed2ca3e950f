import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from budama.config.latency import Latency
from budama.errors import BudamaError
from budama.latency import find_provider, interleave, measure


def products(path: Path, times: int) -> Path:
    """Write a model of ``times`` matrix products of 256 x 256 after each other."""
    matrix = np.eye(256, dtype=np.float32)
    names = ["images", *(f"h{i}" for i in range(times - 1)), "logits"]
    graph = helper.make_graph(
        [helper.make_node("MatMul", [names[i], "matrix"], [names[i + 1]]) for i in range(times)],
        "products",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 256, 256])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 256, 256])],
        [numpy_helper.from_array(matrix, "matrix")],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path
    )
    return path


def test_a_model_of_four_times_the_work_has_a_ratio_above_two(tmp_path: Path) -> None:
    one, four = products(tmp_path / "1.onnx", 1), products(tmp_path / "4.onnx", 4)
    measure(
        one,
        four,
        tmp_path / "latency.json",
        Latency(providers=["CPU"], warmup=20, runs=100, rounds=2),
    )
    found = json.loads((tmp_path / "latency.json").read_text())
    assert found["provider"] == "CPU"
    assert found["latency_ratio"] > 2
    assert len(found["ratios"]) == 2
    assert found["model"]["runs"] == 200
    assert found["model"]["p50_ms"] <= found["model"]["p90_ms"] <= found["model"]["p99_ms"]


def test_runs_take_turns_and_turn_round() -> None:
    calls: list[str] = []

    def timer(name: str, seconds: float) -> float:
        calls.append(name)
        return seconds

    first, second = interleave(lambda: timer("a", 1.0), lambda: timer("b", 2.0), 4)
    assert "".join(calls) == "abbaabba"
    assert first.tolist() == [1.0] * 4
    assert second.tolist() == [2.0] * 4


def test_a_provider_that_cannot_run_is_not_taken_for_one_that_can(tmp_path: Path) -> None:
    """Without a GPU, ONNX Runtime lists CUDA all the same and would run on the CPU in silence."""
    model = products(tmp_path / "1.onnx", 1)
    both = find_provider(model, Latency(providers=["CUDA", "CPU"]))
    if both == "CUDA":
        pytest.skip("this machine has a GPU")
    assert both == "CPU"
    with pytest.raises(
        BudamaError, match=r"no wanted provider can run \(latency.providers\): CUDA"
    ):
        measure(model, model, tmp_path / "x.json", Latency(providers=["CUDA"]))
    assert not (tmp_path / "x.json").exists()


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not onnx")
    with pytest.raises(BudamaError, match=r"CPUExecutionProvider cannot run .*broken.onnx"):
        find_provider(broken, Latency(providers=["CPU"]))
