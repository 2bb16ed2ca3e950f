"""What an ONNX file of ours holds: everything in one file, checked, and where it comes from."""

from collections.abc import Iterator, Mapping

import onnx

from budama.errors import BudamaError

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


def _tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    yield from model.graph.initializer
    for node in model.graph.node:
        yield from (entry.t for entry in node.attribute if entry.HasField("t"))


def _is_outside(tensor: onnx.TensorProto) -> bool:
    return bool(onnx.external_data_helper.uses_external_data(tensor))
