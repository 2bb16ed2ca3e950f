"""The calibration stage: one file of scores per task and criterion, whatever is cut later."""

import logging
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from budama.atomic import write_bytes, write_json
from budama.criteria.base import Calibration
from budama.criteria.registry import load_criterion
from budama.data.loading import evaluation_batches
from budama.data.prepare import PreparedData
from budama.device import Where, to_device
from budama.models.rebuild import load_model
from budama.progress import track
from budama.pruning.groups import PruningGraph

log = logging.getLogger("budama")


def calibrate(
    *, method: str, batch_size: int, dense: Path, data: Path, output: Path, where: Where
) -> None:
    """Score the channels of the model ``dense`` with criterion ``method``.

    Writes ``output`` (safetensors: float64 ``[channels]`` per layer, in the order of the groups)
    and a JSON beside it.
    """
    target = where.prepare()
    network, description = load_model(dense)
    to_device(network, target)
    graph = PruningGraph(network, description.input.size)
    batches = evaluation_batches(
        PreparedData.open(data), "calibration", description.input, batch_size, where.workers
    )

    def on_device() -> Any:
        for images, labels in track(batches, len(batches), f"calibrate {method}"):
            yield images.to(target, memory_format=torch.channels_last), labels.to(target)

    scores = load_criterion(method).scores(Calibration(network, graph.groups, on_device))
    tensors = {name: values.double().cpu().contiguous() for name, values in scores.items()}
    write_bytes(output, safetensors.torch.save(tensors))
    write_json(
        output.with_suffix(".json"),
        {
            "method": method,
            "images": len(batches.dataset),  # type: ignore[arg-type]
            "channels": {name: len(values) for name, values in tensors.items()},
            "dense_sha256": description.sha256,
        },
    )
