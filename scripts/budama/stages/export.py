"""The export stage: ONNX in one self-contained file, checked against torch on real images."""

import importlib.metadata
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn.modules import module as torch_module

from budama.data.loading import evaluation_batches
from budama.data.prepare import PreparedData
from budama.models.onnx.file import finished
from budama.models.onnx.session import logits, open_session
from budama.models.store import Description
from budama.pruning.rebuild import load_model
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_bytes, write_json
from budama.system.job.device import Execution

log = logging.getLogger("budama")
LARGEST_DIFFERENCE = 1e-2
LOWEST_AGREEMENT_PCT = 99.0


def export(
    *,
    model: Path,
    data: Path,
    output: Path,
    report: Path,
    images: int,
    task: str,
    cell: str,
    execution: Execution,
) -> None:
    """Export ``model`` to ONNX with a free batch size and compare both on validation images.

    The file says inside that it is the ``cell`` of ``task``, and all that ``provenance`` adds.

    ``report`` receives the largest absolute difference of the logits and the share of images with
    the same top-1 class. Raises ``BudamaError``, and writes nothing, if they disagree.
    """
    execution.prepare()
    network, description = load_model(model)
    metadata = {"task": task, "cell": cell} | provenance(description)
    content = to_onnx(network, description.input.size, metadata)

    rows = PreparedData.open(data)
    batches = evaluation_batches(rows, "validation", description.input, images)
    inputs, _ = next(iter(batches))
    parity = compare(network, content, inputs, execution.threads)
    if (
        parity["largest_difference"] > LARGEST_DIFFERENCE
        or parity["top1_agreement_pct"] < LOWEST_AGREEMENT_PCT
    ):
        raise BudamaError(f"{model}: the ONNX model does not agree with torch: {parity}")
    write_bytes(output, content)
    write_json(report, parity | {"bytes": len(content), "opset": _opset(content)})


def provenance(description: Description) -> dict[str, str]:
    """Return what an ONNX file says of the model that it was exported from."""
    return {
        "precision": "fp32",
        "architecture": description.architecture,
        "macs": str(description.figures.macs),
        "params": str(description.figures.params),
        "classes": json.dumps(description.classes),
        "input": description.input.model_dump_json(),
        "model_sha256": description.sha256,
        "budama": importlib.metadata.version("budama"),
        "torch": torch.__version__,
    }


def to_onnx(network: nn.Module, size: int, metadata: dict[str, str]) -> bytes:
    """Return ``network`` as a checked ONNX model in one file.

    It maps ``images``, ``[batch, 3, size, size]``, to ``logits``, ``[batch, classes]``. Raises
    ``BudamaError`` if forward hooks are left on ``network``.
    """
    check_no_hooks(network)
    # Two images: the exporter takes a dimension of one for a constant.
    example = torch.zeros(2, 3, size, size)
    program = torch.onnx.export(
        network.eval(),
        (example,),
        dynamo=True,
        external_data=False,
        input_names=["images"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        verbose=False,
    )
    assert program is not None
    return finished(program.model_proto, metadata)


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
        expected = network.eval()(images).numpy()
    return {
        "images": len(images),
        "largest_difference": float(np.abs(found - expected).max()),
        "top1_agreement_pct": 100 * float((found.argmax(1) == expected.argmax(1)).mean()),
    }


def _opset(content: bytes) -> int:
    return int(onnx.load_from_string(content).opset_import[0].version)
