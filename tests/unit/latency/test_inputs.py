from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from budama.latency.inputs import example, inputs_of
from budama.system.errors import BudamaError
from tests.unit.latency.models import products


class Session:
    """A session with one input."""

    def __init__(self, shape: list[Any], kind: str = "tensor(float)") -> None:
        self.entry = type("Entry", (), {"name": "images", "shape": shape, "type": kind})

    def get_inputs(self) -> list[Any]:
        return [self.entry]


def test_a_file_s_inputs_are_those_of_its_session(tmp_path: Path) -> None:
    for batch in ("batch", 4):
        file = products(tmp_path / "1.onnx", 1, batch=batch)
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        (seen,), (read,) = session.get_inputs(), inputs_of(onnx.load(file))
        assert (read.name, read.shape, read.type) == (seen.name, seen.shape, seen.type)


def test_the_free_first_dimension_is_the_batch() -> None:
    images = example(Session(["batch", 3, 8, 8]), 4)["images"]
    assert images.shape == (4, 3, 8, 8)
    assert images.dtype == np.float32
    assert example(Session([4, 3], "tensor(float16)"), 4)["images"].dtype == np.float16


@pytest.mark.parametrize(
    ("shape", "kind", "reason"),
    [
        (["batch", 3, "height", 8], "tensor(float)", "only its first dimension may be free"),
        ([1, 3, 8, 8], "tensor(float)", "fixed to a batch of 1, and 4 is wanted"),
        (["batch", 8], "tensor(int64)", "is a tensor.int64.: only floats are timed"),
    ],
)
def test_other_inputs_are_refused_by_name(shape: list[Any], kind: str, reason: str) -> None:
    with pytest.raises(BudamaError, match=f"input 'images' .*{reason}"):
        example(Session(shape, kind), 4)
