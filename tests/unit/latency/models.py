"""Small ONNX files whose cost is known."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import nn

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


def sequential(path: Path, network: nn.Sequential, size: int) -> Path:
    """Write ``network`` as torch's exporter would, at once: convolutions, ReLUs and one Gemm."""
    nodes, read = [], "images"
    for name, layer in network.named_children():
        gives, weights = f"h{name}", [f"{name}.{own}" for own, _ in layer.named_parameters()]
        if isinstance(layer, nn.Conv2d):
            pads = [int(pad) for pad in layer.padding] * 2
            nodes.append(helper.make_node("Conv", [read, *weights], [gives], gives, pads=pads))
        elif isinstance(layer, nn.Linear):
            gives = "logits"
            nodes.append(helper.make_node("Gemm", [read, *weights], [gives], gives, transB=1))
        else:
            kind = {nn.ReLU: "Relu", nn.AdaptiveAvgPool2d: "GlobalAveragePool"}
            operator = kind.get(type(layer), type(layer).__name__)
            nodes.append(helper.make_node(operator, [read], [gives], gives))
        read = gives
    shapes = {"images": ["batch", 3, size, size], "logits": ["batch", None]}
    images, logits = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    )
    weights = [
        numpy_helper.from_array(values.numpy(), name)
        for name, values in network.state_dict().items()
    ]
    graph = helper.make_graph(nodes, "sequential", [images], [logits], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, path)
    return path
