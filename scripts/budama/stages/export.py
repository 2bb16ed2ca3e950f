"""The export stage: ONNX in one self-contained file, checked against torch on real images."""

import importlib.metadata
import json
import logging
from pathlib import Path

import onnx
import torch

from budama.data.loading import evaluation_batches
from budama.data.prepared import PreparedData
from budama.models.onnx.export import compare, to_onnx
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

    ``output`` receives the file, which says inside that it is the ``cell`` of ``task``, and all
    that ``provenance`` adds; ``report`` the largest absolute difference of the logits and the share
    of ``images`` images with the same top-1 class. Raises ``BudamaError``, and writes nothing, if
    they disagree.
    """
    execution.prepare()
    network, description = load_model(model, own_code=True)
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


def _opset(content: bytes) -> int:
    return int(onnx.load_from_string(content).opset_import[0].version)
