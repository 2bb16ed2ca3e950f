"""Small ONNX files whose cost is known."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 256
MACS = SIDE**3


def products(path: Path, times: int, told: str | None = None, batch: str | int = "batch") -> Path:
    """Write a model of ``times`` matrix products of 256 x 256 after each other.

    With ``told`` the file says of itself that it takes so many multiply-accumulates.
    """
    matrix = np.eye(SIDE, dtype=np.float32)
    names = ["images", *(f"h{i}" for i in range(times - 1)), "logits"]
    shape = [batch, SIDE, SIDE]
    graph = helper.make_graph(
        [helper.make_node("MatMul", [names[i], "matrix"], [names[i + 1]]) for i in range(times)],
        "products",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(matrix, "matrix")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    if told is not None:
        helper.set_model_props(model, {"macs": told})
    onnx.save(model, path)
    return path


def classifier(path: Path, classes: int = 4, seed: int = 0) -> Path:
    """Write a convolution, pooled, with a linear layer after it; the names are always the same."""
    random = np.random.default_rng(seed)
    weights = {
        "kernel": random.standard_normal((8, 3, 3, 3)),
        "weight": random.standard_normal((classes, 8)),
        "bias": random.standard_normal(classes),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["images", "kernel"], ["features"]),
            helper.make_node("GlobalAveragePool", ["features"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weight", "bias"], ["logits"], transB=1),
        ],
        "classifier",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 3, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", classes])],
        [numpy_helper.from_array(v.astype(np.float32), name) for name, v in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, path)
    return path
