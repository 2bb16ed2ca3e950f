from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from budama.errors import BudamaError
from budama.onnx_file import finished, metadata_of


def product() -> onnx.ModelProto:
    """Return a model of one matrix product."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["images", "matrix"], ["logits"])],
        "product",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 8])],
        [numpy_helper.from_array(np.eye(8, dtype=np.float32), "matrix")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def test_what_it_says_of_itself_is_inside() -> None:
    content = finished(product(), {"task": "mine"})
    assert metadata_of(onnx.load_from_string(content)) == {"task": "mine"}


def test_weights_outside_the_file_are_refused(tmp_path: Path) -> None:
    onnx.save(product(), tmp_path / "m.onnx", save_as_external_data=True, size_threshold=0)
    model = onnx.load(tmp_path / "m.onnx", load_external_data=False)
    with pytest.raises(BudamaError, match="keeps 1 tensors outside its file, for example matrix"):
        finished(model, {})


def test_what_the_checker_refuses_is_no_file_of_ours() -> None:
    model = product()
    model.graph.node[0].input[1] = "nowhere"
    with pytest.raises(BudamaError, match=r"onnx's checker refuses the model: .*nowhere"):
        finished(model, {})
