"""Small ONNX files whose cost is known."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 256
MACS = SIDE**3


def products(path: Path, times: int, macs: int | None = None) -> Path:
    """Write a model of ``times`` matrix products of 256 x 256 after each other.

    With ``macs`` the file says of itself that it takes so many.
    """
    matrix = np.eye(SIDE, dtype=np.float32)
    names = ["images", *(f"h{i}" for i in range(times - 1)), "logits"]
    shape = ["batch", SIDE, SIDE]
    graph = helper.make_graph(
        [helper.make_node("MatMul", [names[i], "matrix"], [names[i + 1]]) for i in range(times)],
        "products",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(matrix, "matrix")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    if macs is not None:
        helper.set_model_props(model, {"macs": str(macs)})
    onnx.save(model, path)
    return path
