"""What an ONNX file of ours holds: everything in one file, checked, and where it comes from."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from os.path import normpath
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


def check_foreign(path: Path) -> onnx.ModelProto:
    """Return an ONNX file, whoever made it, without what lies outside of it.

    Tensors may lie beside it (a file of more than 2 GB must), but not elsewhere on the machine: see
    ``outside_files``. Raises ``BudamaError`` if it would have others read, holds a compiled engine
    (``EPContext``), which is code, or is not an ONNX model.
    """
    model = _load(path)
    _places(path, model)
    if any(node.op_type == "EPContext" for node in _nodes(model)):
        raise BudamaError(
            f"{path}: holds a compiled engine (EPContext), which is code; time the model that the "
            "engine was made from"
        )
    return model


def outside_files(path: Path) -> dict[str, Path]:
    """Return the files in which an ONNX file keeps tensors, by the names that it gives them.

    They are where ONNX Runtime 1.31 looks: beside the file as it is named. A link there may lead
    further into that folder or, if the file is a link itself, into the folder where that leads, as
    in download caches, which keep the content of both in one place. Nothing else is read for it.
    Raises ``BudamaError`` if a tensor lies elsewhere or nowhere.
    """
    return _places(path, _load(path))


def content_digest(path: Path) -> str:
    """Return the SHA-256 of all that an ONNX file is made of, with what it keeps outside of it."""
    digest = hashlib.sha256()
    for name, file in {"": path, **dict(sorted(outside_files(path).items()))}.items():
        with file.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").digest()
        digest.update(hashlib.sha256(name.encode()).digest() + content)
    return digest.hexdigest()


def _load(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load(path, load_external_data=False)
    except OSError as error:
        raise BudamaError(f"{path}: cannot be read: {error.strerror}") from error
    except DecodeError as error:
        raise BudamaError(f"{path}: is damaged or no ONNX model: {error}") from error


def _places(path: Path, model: onnx.ModelProto) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for tensor in _tensors(model):
        if _is_outside(tensor):
            name = next((e.value for e in tensor.external_data if e.key == "location"), "")
            if name not in found:
                found[name] = _place(path, name, tensor.name)
    return found


def _place(path: Path, name: str, tensor: str) -> Path:
    beside = path.parent / name
    # what the name says, and where links lead in the end: both must stay in the file's own folders
    leaves = Path(name).is_absolute() or normpath(name).split("/")[0] in ("..", ".")
    folders = {path.parent.resolve(), path.resolve().parent}
    if leaves or not any(beside.resolve().is_relative_to(folder) for folder in folders):
        raise BudamaError(
            f"{path}: keeps the tensor {tensor} in {name!r}, outside of its own folder; "
            "nothing there is read for it. Save the model anew, in one file"
        )
    if not beside.is_file():
        raise BudamaError(
            f"{path}: keeps the tensor {tensor} in {name!r}, and {beside} is no file: it belongs "
            "beside the model, under that name"
        )
    return beside


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
