"""Multiply-accumulates of an ONNX file, counted in its graph: what it says of itself may be wrong.

Neither onnx nor ONNX Runtime counts them, and fvcore, which does for networks, knows torch only.
"""

from math import prod
from pathlib import Path
from typing import NamedTuple

import onnx

from budama.models.onnx.file import check_foreign

# Where an operator has its weights or second factor
_CONVOLUTIONS = {"Conv": 1, "ConvInteger": 1, "QLinearConv": 3}
_TRANSPOSED = {"ConvTranspose": 1}
_PRODUCTS = {"Gemm": 1, "MatMul": 1, "MatMulInteger": 1, "QLinearMatMul": 3}
_COUNTED = {**_CONVOLUTIONS, **_TRANSPOSED, **_PRODUCTS}
_SMALL = 1024  # bytes; a shape that the graph computes with is smaller, a weight larger

Shapes = dict[str, tuple[int, ...]]


class _Node(NamedTuple):
    first: tuple[int, ...]
    second: tuple[int, ...]
    output: tuple[int, ...]


def count_macs(path: Path) -> int | None:
    """Return the multiply-accumulates that ``path`` does for one image; ``None`` if it is unclear.

    Those of convolutions and matrix products on the way from the inputs to the outputs: what
    depends on weights alone is computed once, when the file is opened. Other operators, and those
    in the bodies of loops and branches, are not counted, so that it is never too many.
    """
    model = check_foreign(path)
    batch = _fix_batch(model.graph)
    shapes = _shapes(model)
    if batch is None or shapes is None:
        return None
    counts = [_macs_of(node, shapes) for node in _computed(model.graph) if _is_counted(node)]
    if not counts or None in counts:
        return None
    return sum(count for count in counts if count is not None) // batch


def _is_counted(node: onnx.NodeProto) -> bool:
    return node.domain in ("", "ai.onnx") and node.op_type in _COUNTED


def _fix_batch(graph: onnx.GraphProto) -> int | None:
    """Set every input's free first dimension to 1; return how many images one run takes."""
    weights = {tensor.name for tensor in graph.initializer}
    found = set()
    for entry in graph.input:
        if entry.name not in weights:
            shape = entry.type.tensor_type.shape.dim
            if shape and shape[0].dim_value < 1:
                shape[0].dim_value = 1
            found |= {shape[0].dim_value} if shape else set()
    return found.pop() if len(found) == 1 else None


def _shapes(model: onnx.ModelProto) -> Shapes | None:
    weights = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) > _SMALL:  # their shapes are enough, and large ones take long
            tensor.ClearField("raw_data")
    del model.graph.value_info[:]  # said with another batch, or by somebody else
    for entry in model.graph.output:
        entry.type.tensor_type.ClearField("shape")
    try:
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    except Exception:  # a graph that it cannot follow raises errors of several kinds
        return None
    entries = (*inferred.graph.input, *inferred.graph.value_info, *inferred.graph.output)
    known = {
        entry.name: tuple(size.dim_value for size in entry.type.tensor_type.shape.dim)
        for entry in entries
        if entry.type.tensor_type.HasField("shape")
    }
    return known | weights


def _computed(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Return the nodes that are run for every image: they lead from an input to an output."""
    weights = {tensor.name for tensor in graph.initializer}
    varies = {entry.name for entry in graph.input} - weights
    for node in graph.node:  # in the order in which they can run, as ONNX demands
        if varies.intersection(node.input):
            varies.update(node.output)
    wanted = {entry.name for entry in graph.output}
    found = []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            if varies.intersection(node.output):
                found.append(node)
    return found


def _macs_of(node: onnx.NodeProto, shapes: Shapes) -> int | None:
    names = (node.input[0], node.input[_COUNTED[node.op_type]], node.output[0])
    known = [shapes.get(name, ()) for name in names]
    if any(not shape or min(shape) < 1 for shape in known):
        return None
    found = _Node(*known)
    if node.op_type in _CONVOLUTIONS:
        return prod(found.output) * prod(found.second[1:])  # input channels of a group, kernel
    if node.op_type in _TRANSPOSED:
        return prod(found.first) * prod(found.second[1:])
    if node.op_type == "Gemm":
        turned = any(entry.name == "transA" and entry.i for entry in node.attribute)
        return prod(found.output) * found.first[0 if turned else 1]
    return prod(found.output) * found.first[-1]
