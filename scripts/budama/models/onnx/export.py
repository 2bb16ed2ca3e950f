"""From a network to a checked ONNX model in one file, and how far the two are apart."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.modules import module as torch_module

from budama.models.onnx.file import finished
from budama.models.onnx.session import logits, open_session
from budama.models.outputs import logits_of, returning
from budama.system.errors import BudamaError

_LONGEST = 300  # characters of an exporter's message
_FOLLOWED = (
    "Its forward must be written so that torch.export can follow it: no Python branch on values, "
    "no number of images written into a shape"
)


def to_onnx(network: nn.Module, size: int, metadata: dict[str, str]) -> bytes:
    """Return ``network`` as a checked ONNX model in one file.

    It maps ``images``, ``[batch, 3, size, size]``, to ``logits``, ``[batch, classes]``, the only
    output, whatever else ``network`` returns. Raises ``BudamaError`` if forward hooks are left on
    ``network``, if torch's exporter refuses it, or if it would be more than one file can hold.
    """
    check_no_hooks(network)
    # Two images: the exporter takes a dimension of one for a constant.
    example = torch.zeros(2, 3, size, size)
    try:
        program = torch.onnx.export(
            returning(logits_of, network.eval()),
            (example,),
            dynamo=True,
            external_data=False,
            input_names=["images"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            verbose=False,
        )
        assert program is not None, "an ExportedProgram comes of it with dynamo=True"
        model = program.model_proto
    except Exception as error:  # of torch.export, its decompositions or onnxscript: of any kind
        raise BudamaError(
            f"{type(network).__name__} cannot be exported to ONNX at {size} pixels: torch's "
            f"exporter refuses it ({_cause(error)}). {_FOLLOWED}"
        ) from error
    batch = model.graph.input[0].type.tensor_type.shape.dim[0]
    if not batch.dim_param:
        raise BudamaError(
            f"{type(network).__name__} cannot be exported to ONNX at {size} pixels: what comes of "
            f"it takes exactly {batch.dim_value} images at once. {_FOLLOWED}"
        )
    return finished(model, metadata)


def _cause(error: BaseException) -> str:
    """Return the first cause of an error of the exporter, which reports at length, on one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    words = " ".join(str(error).split())
    told = words if len(words) <= _LONGEST else f"{words[:_LONGEST]} …"
    return f"{type(error).__name__}: {told}"


def check_no_hooks(network: nn.Module) -> None:
    """Raise ``BudamaError`` if something else than ``network`` itself runs with its forward pass.

    A hook that calibration leaves behind costs time with every image, or is exported with the
    model, and its latency is then not the model's.
    """
    hooked = [
        name or "the network itself"
        for name, layer in network.named_modules()
        if layer._forward_hooks or layer._forward_pre_hooks
    ]
    if torch_module._global_forward_hooks or torch_module._global_forward_pre_hooks:
        hooked.append("all modules (torch.nn.modules.module.register_module_forward_hook)")
    if hooked:
        raise BudamaError(
            f"the network cannot be exported: forward hooks are left on {', '.join(hooked)}, and "
            "would run with every image; call remove() on what registering them returned"
        )


def compare(
    network: nn.Module, content: bytes, images: torch.Tensor, threads: int = 1
) -> dict[str, Any]:
    """Return how far ONNX Runtime (CPU) and torch are apart on ``images``."""
    session = open_session(content, torch.device("cpu"), threads)
    found = logits(session, images).numpy()
    with torch.inference_mode():
        expected = logits_of(network.eval()(images)).numpy()
    return {
        "images": len(images),
        "largest_difference": float(np.abs(found - expected).max()),
        "top1_agreement_pct": 100 * float((found.argmax(1) == expected.argmax(1)).mean()),
    }
