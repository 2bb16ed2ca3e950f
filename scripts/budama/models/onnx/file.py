"""What an ONNX file of ours holds: everything in one file, checked, and where it comes from."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError

from budama.system.errors import BudamaError

# Where on this machine the code of a node stood: nothing that a file to ship should tell.
_PLACES = "pkg.torch.onnx.stack_trace"


def metadata_of(model: onnx.ModelProto) -> dict[str, str]:
    """Return the metadata inside ``model``."""
    return {entry.key: entry.value for entry in model.metadata_props}


def finished(model: onnx.ModelProto, metadata: Mapping[str, str]) -> bytes:
    """Return ``model`` as the content of its file, with ``metadata`` inside.

    Raises ``BudamaError`` if onnx's checker refuses it or a tensor lies outside the file.
    """
    outside = [tensor.name for tensor in _tensors(model) if _is_outside(tensor)]
    if outside:
        raise BudamaError(
            f"the ONNX model keeps {len(outside)} tensors outside its file, for example "
            f"{outside[0]}; only a file that stands alone can be moved, compared and shipped"
        )
    onnx.helper.set_model_props(model, dict(metadata))
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if entry.key != _PLACES]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        reason = " ".join(str(error).split())
        raise BudamaError(f"onnx's checker refuses the model: {reason}") from error
    content: bytes = model.SerializeToString()
    return content


def check_foreign(path: Path) -> None:
    """Raise ``BudamaError`` if an ONNX file, whoever made it, would have more than itself read.

    Tensors may lie beside it (a file of more than 2 GB must), but not elsewhere on the machine; a
    compiled engine (``EPContext``) is code, and is refused, like what is not an ONNX model.
    """
    try:
        model = onnx.load(path, load_external_data=False)
    except OSError as error:
        raise BudamaError(f"{path}: cannot be read: {error.strerror}") from error
    except DecodeError as error:
        raise BudamaError(f"{path}: is damaged or no ONNX model: {error}") from error
    for tensor in _tensors(model):
        if _is_outside(tensor):
            _check_place(path, tensor)
    if any(node.op_type == "EPContext" for node in _nodes(model)):
        raise BudamaError(
            f"{path}: holds a compiled engine (EPContext), which is code; time the model that the "
            "engine was made from"
        )


def _check_place(path: Path, tensor: onnx.TensorProto) -> None:
    place = next((entry.value for entry in tensor.external_data if entry.key == "location"), "")
    folder = path.parent.resolve()
    if Path(place).is_absolute() or not (folder / place).resolve().is_relative_to(folder):
        raise BudamaError(
            f"{path}: keeps the tensor {tensor.name} in {place!r}, outside of its own folder; "
            "nothing there is read for it. Save the model anew, in one file"
        )


def _tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    for graph in _graphs(model):
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
    for node in _nodes(model):
        for entry in node.attribute:
            yield from (entry.t, *entry.tensors)
            for sparse in (entry.sparse_tensor, *entry.sparse_tensors):
                yield from (sparse.values, sparse.indices)


def _nodes(model: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    for graph in _graphs(model):
        yield from graph.node
    for function in model.functions:
        yield from function.node


def _graphs(model: onnx.ModelProto) -> Iterator[onnx.GraphProto]:
    """Yield the model's graph and those inside its nodes (the bodies of If and Loop)."""
    waiting = [model.graph]
    for info in model.training_info:
        waiting += [info.initialization, info.algorithm]
    for function in model.functions:
        waiting += _bodies(function.node)
    while waiting:
        graph = waiting.pop()
        yield graph
        waiting += _bodies(graph.node)


def _bodies(nodes: Iterable[onnx.NodeProto]) -> list[onnx.GraphProto]:
    entries = [entry for node in nodes for entry in node.attribute]
    return [entry.g for entry in entries if entry.HasField("g")] + [
        graph for entry in entries for graph in entry.graphs
    ]


def _is_outside(tensor: onnx.TensorProto) -> bool:
    return bool(tensor.data_location == onnx.TensorProto.EXTERNAL)
