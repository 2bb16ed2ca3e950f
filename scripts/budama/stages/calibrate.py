"""The calibration stage: one file of scores per task and criterion, whatever is cut later."""

import logging
from pathlib import Path

import safetensors.torch

from budama.config.criterion import CriterionChoice
from budama.config.cut import Kind
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.data.loading import evaluation_batches
from budama.data.prepared import PreparedData
from budama.pruning.graph import PruningGraph
from budama.pruning.rebuild import load_model
from budama.system.files.atomic import write_bytes, write_json
from budama.system.job.device import Execution, to_device

log = logging.getLogger("budama")


def calibrate(
    *,
    criterion: CriterionChoice,
    batch_size: int,
    units: list[Kind],
    dense: Path,
    data: Path,
    output: Path,
    execution: Execution,
) -> None:
    """Score the channels of the model ``dense`` with a criterion.

    Writes ``output`` (safetensors: float64 ``[channels]`` per layer) and a JSON beside it.
    """
    target = execution.prepare()
    scorer = load_criterion(criterion)
    network, description = load_model(dense, own_code=True)
    to_device(network, target)
    groups = PruningGraph(network, description.input.size, units=units).groups
    batches = evaluation_batches(
        PreparedData.open(data),
        "calibration",
        description.input,
        batch_size,
        execution.workers,
        target,
    )
    scores = calibration_scores(scorer, network, groups, batches, target)
    tensors = {name: values.double().cpu().contiguous() for name, values in scores.items()}
    write_bytes(output, safetensors.torch.save(tensors))
    write_json(
        output.with_suffix(".json"),
        {
            "criterion": criterion.model_dump(),
            "needs": scorer.needs,
            "passes": scorer.passes,
            "images": batches.images,
            "channels": {name: len(values) for name, values in tensors.items()},
            "dense_sha256": description.sha256,
        },
    )
