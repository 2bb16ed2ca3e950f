"""Decoys of an ONNX file: the same names throughout, other weights, or other shapes.

What a provider keeps by name, it will find again for the decoy.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import NodeProto, TensorProto, numpy_helper

from budama.models.onnx.file import check_foreign, outside_files
from budama.system.errors import BudamaError

MOST_BYTES = 2**30
# What may stand between a classifier's last layer and its output
_ELEMENTWISE = {
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Relu",
    "Clip",
    "Sigmoid",
    "Identity",
    "Dropout",
    "Cast",
}
_CHANGED = {"Softmax", "LogSoftmax", "QuantizeLinear", "DequantizeLinear"}
_SHRUNK = {"Flatten", "Squeeze", "GlobalAveragePool", "ReduceMean"}
_PASSED = _ELEMENTWISE | _CHANGED | _SHRUNK
_HALF = 0.5
_EIGHT_BITS = (np.dtype(np.int8), np.dtype(np.uint8))


def write_decoys(model: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Write decoys of ``model`` into ``folder``; yield the name of each and its file.

    One that the graph does not allow is left out; of a file of more than 1 GiB, all are.
    """
    changes: dict[str, Callable[[onnx.GraphProto], None]] = {
        "other weights": change_weights,
        "other shapes": drop_one_class,
    }
    for name, change in changes.items():
        file = folder / name.replace(" ", "-") / model.name  # it is a part of TensorRT's key
        file.parent.mkdir()
        try:
            whole = _read(model, folder / "read")
            change(whole.graph)
            onnx.save(whole, file)
        except (BudamaError, ValueError, IndexError):  # the latter of graphs without such a place
            continue
        yield name, file


def _read(model: Path, folder: Path) -> onnx.ModelProto:
    """Return ``model`` with what it keeps outside, which onnx does not read through links."""
    outside = outside_files(model)
    if sum(file.stat().st_size for file in (model, *outside.values())) > MOST_BYTES:
        raise BudamaError(f"{model}: is too large for a decoy")
    if not outside:
        return check_foreign(model)
    for name, file in {model.name: model, **outside}.items():
        copy = folder / name
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    return onnx.load(folder / model.name)


def change_weights(graph: onnx.GraphProto) -> None:
    """Give every channel its neighbour's weights, half of them with the other sign, at random.

    No shape changes and hardly a magnitude, so that nothing overflows. Either alone might cancel
    itself out from layer to layer. Scales and the like (fewer than two dimensions) stay.
    Raises ``BudamaError`` if there are no weights.
    """
    random = np.random.default_rng(0)
    changed = False
    for tensor in graph.initializer:
        if len(tensor.dims) > 1:
            moved: Any = np.roll(numpy_helper.to_array(tensor), 1, axis=0)
            if moved.dtype in _EIGHT_BITS or moved.dtype.kind == "f":
                turned = ~moved if moved.dtype in _EIGHT_BITS else -moved
                _put(tensor, np.where(random.random(moved.shape) < _HALF, turned, moved))
                changed = changed or moved.size > 0
    if not changed:
        raise BudamaError("the graph holds no weights")


def drop_one_class(graph: onnx.GraphProto) -> None:
    """Drop the last channel of the layer that gives the first output, with its weights.

    Raises ``BudamaError`` if the graph does not end as classifiers do.
    """
    _Cutter(graph).follow(graph.output[0].name)
    del graph.value_info[:]
    for entry in graph.output:
        entry.type.tensor_type.ClearField("shape")


class _Cutter:
    """Finds the last layer of weights and cuts what has as many channels as that on the way."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._makers = {name: node for node in graph.node for name in node.output}
        self._varies = {entry.name for entry in graph.input} - self._tensors.keys()
        for node in graph.node:  # in the order in which they can run, as ONNX demands
            if self._varies.intersection(node.input):
                self._varies.update(node.output)
        self._beside: list[str] = []  # what was passed on the way: scales, biases, bounds

    def follow(self, name: str) -> None:
        node = self._maker(name)
        while node.op_type in _PASSED:
            changing = [name for name in node.input if name in self._varies]
            self._beside += [name for name in node.input if name not in self._varies]
            node = self._maker(changing[0])
        place = {"Gemm": -1, "MatMul": -1, "Conv": 0}.get(node.op_type)
        if place is None or (node.op_type == "Conv" and _attribute(node, "group", 1) != 1):
            raise BudamaError(f"the graph ends with a {node.op_type}")
        if node.op_type == "Gemm" and _attribute(node, "transB", 0):
            place = 0
        classes = self._cut(node.input[1], place)
        for beside in (*node.input[2:], *self._beside):
            self._cut_where(beside, classes)

    def _maker(self, name: str) -> NodeProto:
        if name not in self._makers:
            raise BudamaError("the graph has no last layer")
        return self._makers[name]

    def _cut(self, name: str, axis: int) -> int:
        """Cut weights along ``axis``; return how many channels there were."""
        if name in self._tensors:
            values = numpy_helper.to_array(self._tensors[name])
            count: int = values.shape[axis]
            if count == 1:
                raise BudamaError("the last layer has one channel")
            _put(self._tensors[name], np.delete(values, count - 1, axis=axis))
            return count
        node = self._maker(name)
        if node.op_type == "Transpose":
            order = _attribute(node, "perm", [1, 0])
            return self._cut(node.input[0], order[axis])
        if node.op_type not in ("DequantizeLinear", "Identity", "Cast"):
            raise BudamaError(f"the last layer's weights are made by a {node.op_type}")
        count = self._cut(node.input[0], axis)
        for beside in node.input[1:]:
            self._cut_where(beside, count)
        return count

    def _cut_where(self, name: str, count: int) -> None:
        """Cut a constant whose last dimension is the channels; scalars fit any number of them."""
        if name in self._tensors and list(self._tensors[name].dims)[-1:] == [count]:
            self._cut(name, -1)
        elif name in self._makers and name not in self._varies:
            for source in self._makers[name].input:
                self._cut_where(source, count)


def _attribute(node: NodeProto, name: str, default: int | list[int]) -> Any:
    found = (onnx.helper.get_attribute_value(e) for e in node.attribute if e.name == name)
    return next(found, default)


def _put(tensor: TensorProto, values: npt.NDArray[np.generic]) -> None:
    tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), tensor.name))
