"""The ONNX graph of a dense model with other numbers of channels: it takes the time of a cut one.

Weights do not matter for time, so that a cut need not be made and traced to be timed.
"""

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from torch import nn

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Sizes:
    """How many channels a layer gives and reads."""

    outputs: int
    inputs: int


class Resizable:
    """A dense model's graph that can be written with other channel counts.

    Initializers are called after the modules of ``network`` whose weights they hold, as torch's
    exporter does; those of linear layers may have been turned, and lost their name.
    """

    def __init__(self, model: onnx.ModelProto, network: nn.Module) -> None:
        self._layers = frozenset(name for name, _ in network.named_modules() if name)
        self._turned = {
            _content(layer.weight.detach().cpu().numpy().T): name
            for name, layer in network.named_modules()
            if isinstance(layer, nn.Linear)
        }
        self._arrays = {
            entry.name: numpy_helper.to_array(entry) for entry in model.graph.initializer
        }
        self._model = copy.deepcopy(model)
        del self._model.graph.initializer[:]
        del self._model.graph.value_info[:]

    @property
    def fingerprint(self) -> str:
        """What tells architectures apart: a hash of the graph and the shapes of its weights."""
        shapes = sorted((name, array.shape) for name, array in self._arrays.items())
        graph = self._model.SerializeToString(deterministic=True)
        return hashlib.sha256(graph + repr(shapes).encode()).hexdigest()

    def owner(self, node: onnx.NodeProto) -> str | None:
        """Return the layer whose weights ``node`` has, if any."""
        for name in node.input:
            if name in self._arrays:
                layer: str = name.rpartition(".")[0]
                if layer in self._layers:
                    return layer
                if node.op_type == "MatMul":
                    return self._turned.get(_content(self._arrays[name]))
        return None

    def resized(self, sizes: Mapping[str, Sizes]) -> bytes:
        """Return the model with layers of ``sizes``; those that it does not name stay whole.

        A graph that has numbers of channels elsewhere than in its layers' weights does not fit
        then, and ONNX Runtime refuses it.
        """
        model = copy.deepcopy(self._model)
        written: dict[str, Array] = {}
        reads = {name: node for node in model.graph.node for name in node.input}
        for node in model.graph.node:
            layer = self.owner(node)
            size = sizes.get(layer) if layer else None
            if size is not None and self._is_depthwise(node):
                _set_groups(node, size.outputs)
            for place, name in enumerate(node.input):
                if name not in self._arrays:
                    continue
                array = self._arrays[name]
                if size is not None:
                    array = _cut(array, node, size)
                elif node.op_type == "Reshape":
                    array = self._reshaped(array, reads.get(node.output[0]), sizes)
                node.input[place] = _unique(name, array, written)
        model.graph.initializer.extend(
            numpy_helper.from_array(np.ascontiguousarray(array), name)
            for name, array in written.items()
        )
        content: bytes = model.SerializeToString()
        return content

    def _is_depthwise(self, node: onnx.NodeProto) -> bool:
        groups = _attribute(node, "group", 1)
        return groups > 1 and len(self._arrays[node.input[1]]) == groups == self._inputs(node)

    def _inputs(self, node: onnx.NodeProto) -> int:
        """Return the dense number of input channels of a convolution."""
        return int(self._arrays[node.input[1]].shape[1]) * _attribute(node, "group", 1)

    def _reshaped(
        self, array: Array, reader: onnx.NodeProto | None, sizes: Mapping[str, Sizes]
    ) -> Array:
        """Return the shape that images are flattened to before a linear layer."""
        layer = self.owner(reader) if reader is not None else None
        if layer is None or layer not in sizes or len(array) != 2 or array[0] != -1:  # noqa: PLR2004
            return array
        return np.array([-1, sizes[layer].inputs], dtype=array.dtype)


def _content(array: Array) -> str:
    return hashlib.sha256(repr(array.shape).encode() + array.tobytes()).hexdigest()


def _cut(array: Array, node: onnx.NodeProto, size: Sizes) -> Array:
    """Return the first channels of a layer's weights, as many as it has left."""
    if node.op_type == "Conv" and array.ndim > 1:
        return array[: size.outputs, : size.inputs // _attribute(node, "group", 1)]
    if node.op_type == "Gemm" and array.ndim > 1 and _attribute(node, "transB", 0):
        return array[: size.outputs, : size.inputs]
    if array.ndim == 2:  # noqa: PLR2004
        return array[: size.inputs, : size.outputs]
    return array[: size.outputs] if array.ndim else array


def _set_groups(node: onnx.NodeProto, groups: int) -> None:
    for entry in node.attribute:
        if entry.name == "group":
            entry.i = groups


def _attribute(node: onnx.NodeProto, name: str, default: int) -> int:
    return next((int(entry.i) for entry in node.attribute if entry.name == name), default)


def _unique(name: str, array: Array, written: dict[str, Array]) -> str:
    """Put ``array`` among ``written``; layers that shared one of equal zeros may differ now."""
    known = written.setdefault(name, array)
    if known.shape == array.shape:
        return name
    own = f"{name}_{'x'.join(map(str, array.shape))}"
    written.setdefault(own, array)
    return own
