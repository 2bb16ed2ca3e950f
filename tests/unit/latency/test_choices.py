from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from budama.config.latency import Latency
from budama.latency import choices
from budama.latency.choices import possible, read_inputs
from budama.latency.measure import self_test
from budama.latency.providers import Target
from budama.system.errors import BudamaError
from tests.unit.latency.models import SIDE, products

CPU = Target("CPU")
BOTH = Latency(providers=["CPU"], batch_sizes=[1, 8], processes=1, warmup=1, runs=4, seconds=0)


def found(*models: Path, settings: Latency = BOTH) -> tuple[list[tuple[str, int]], list[str]]:
    left, out = possible(models, settings, CPU, read_inputs(models, settings))
    return [(choice.target.precision, choice.batch) for choice in left], out


def test_a_file_of_one_batch_is_timed_with_that_one(tmp_path: Path) -> None:
    report = self_test(products(tmp_path / "1.onnx", 1, batch=1), BOTH)
    assert [one["batch_size"] for one in report["measurements"]] == [1]
    (reason,) = report["left_out"]
    assert reason.startswith("fp32, batch size 8: ")
    assert "1.onnx: input 'images' is fixed to a batch of 1, and 8 is wanted" in reason


def test_a_pair_is_timed_in_what_both_can_do(tmp_path: Path) -> None:
    free = products(tmp_path / "free.onnx", 1)
    eight = products(tmp_path / "eight.onnx", 1, batch=8)
    left, out = found(free, eight)
    assert left == [("fp32", 8)]
    assert "eight.onnx: input 'images' is fixed to a batch of 8" in out[0]
    with pytest.raises(BudamaError, match=r"nothing can be timed in fp32: .*fixed to a batch of 1"):
        found(eight, products(tmp_path / "one.onnx", 1, batch=1))


def test_a_batch_that_fails_inside_is_known_before_the_first_timing(tmp_path: Path) -> None:
    """The input says that any batch will do, and a Reshape in the graph does not."""
    file = products(tmp_path / "1.onnx", 1)
    model = onnx.load(file)
    model.graph.node[0].output[0] = "product"
    model.graph.node.append(helper.make_node("Reshape", ["product", "shape"], ["logits"]))
    shape = np.array([1, SIDE, SIDE], np.int64)
    model.graph.initializer.append(numpy_helper.from_array(shape, "shape"))
    onnx.save(model, file)
    left, (reason,) = found(file)
    assert left == [("fp32", 1)]
    assert reason.startswith("fp32, batch size 8: ")
    assert "Reshape" in reason


def test_a_precision_without_a_file_is_left_out(tmp_path: Path) -> None:
    settings = BOTH.model_copy(update={"precisions": ["fp32", "tf32", "int8"], "batch_sizes": [1]})
    left, out = found(products(tmp_path / "1.onnx", 1), settings=settings)
    assert left == [("fp32", 1)]
    assert out[0] == "tf32, batch size 1: CPU does not have it"
    assert out[1].startswith("int8, batch size 1: there is no ")


def test_a_precision_is_compared_with_fp32_in_the_same_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The larger file needs more memory, and may be the only one that fails."""
    file = products(tmp_path / "1.onnx", 1)
    products(tmp_path / "1.int8.onnx", 1)

    def memory(_: str, files: list[Path], __: Any, batches: list[int], answers: str) -> Any:
        assert answers == ""
        full = [file in files and batch == 8 for batch in batches]
        return {"errors": ["out of memory" if one else "" for one in full]}

    monkeypatch.setattr(choices, "in_fresh_process", memory)
    settings = BOTH.model_copy(update={"precisions": ["fp32", "int8"]})
    left, out = found(file, settings=settings)
    assert left == [("fp32", 1), ("int8", 1)]
    assert "out of memory" in out[0]
    assert out[1].startswith("int8, batch size 8: fp32 does not run with this batch size")


def test_a_file_that_would_have_others_read_is_refused_and_not_left_out(tmp_path: Path) -> None:
    file = products(tmp_path / "1.onnx", 1)
    model = onnx.load(file)
    onnx.external_data_helper.set_external_data(model.graph.initializer[0], "/etc/passwd")
    model.graph.initializer[0].ClearField("raw_data")
    onnx.save(model, tmp_path / "1.int8.onnx")
    settings = BOTH.model_copy(update={"precisions": ["fp32", "int8"]})
    with pytest.raises(BudamaError, match="outside of its own folder"):
        read_inputs([file], settings)
