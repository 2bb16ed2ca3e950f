"""The export stage: ONNX in one self-contained file, checked against torch on real images."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from budama.atomic import write_bytes, write_json
from budama.data.loading import evaluation_batches
from budama.data.prepare import PreparedData
from budama.device import Where
from budama.errors import BudamaError
from budama.models.rebuild import load_model

log = logging.getLogger("budama")
LARGEST_DIFFERENCE = 1e-2
LOWEST_AGREEMENT_PCT = 99.0


def export(
    *, model: Path, data: Path, output: Path, report: Path, images: int, where: Where
) -> None:
    """Export ``model`` to ONNX with a free batch size and compare both on validation images.

    ``report`` receives the largest absolute difference of the logits and the share of images with
    the same top-1 class. Raises ``BudamaError``, and writes nothing, if they disagree.
    """
    where.prepare()
    network, description = load_model(model)
    size = description.input.size
    metadata = {
        "architecture": description.architecture,
        "model_sha256": description.sha256,
        "macs": str(description.figures.macs),
        "classes": json.dumps(description.classes),
        "input": description.input.model_dump_json(),
    }
    content = to_onnx(network, size, metadata)

    rows = PreparedData.open(data)
    batches = evaluation_batches(rows, "validation", description.input, images)
    inputs, _ = next(iter(batches))
    parity = compare(network, content, inputs)
    if (
        parity["largest_difference"] > LARGEST_DIFFERENCE
        or parity["top1_agreement_pct"] < LOWEST_AGREEMENT_PCT
    ):
        raise BudamaError(f"{model}: the ONNX model does not agree with torch: {parity}")
    write_bytes(output, content)
    write_json(report, parity | {"bytes": len(content), "opset": _opset(content)})


def to_onnx(network: nn.Module, size: int, metadata: dict[str, str]) -> bytes:
    """Return ``network`` as a checked ONNX model.

    It maps ``images``, ``[batch, 3, size, size]``, to ``logits``, ``[batch, classes]``.
    """
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
    proto = program.model_proto
    onnx.helper.set_model_props(proto, metadata)
    onnx.checker.check_model(proto, full_check=True)
    content: bytes = proto.SerializeToString()
    return content


def compare(network: nn.Module, content: bytes, images: torch.Tensor) -> dict[str, Any]:
    """Return how far ONNX Runtime (CPU) and torch are apart on ``images``."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (found,) = session.run(["logits"], {"images": images.numpy()})
    with torch.inference_mode():
        expected = network.eval()(images).numpy()
    return {
        "images": len(images),
        "largest_difference": float(np.abs(found - expected).max()),
        "top1_agreement_pct": 100 * float((found.argmax(1) == expected.argmax(1)).mean()),
    }


def _opset(content: bytes) -> int:
    return int(onnx.load_from_string(content).opset_import[0].version)
