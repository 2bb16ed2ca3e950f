"""The pruning stage: scores and a budget in, a smaller model out."""

import logging
from collections.abc import Sequence
from pathlib import Path

from torch import nn

from budama.config.budget import Budget, Scope
from budama.config.criterion import CriterionChoice
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.data.loading import evaluation_batches
from budama.data.prepare import PreparedData
from budama.models.store import read_tensors, save_model
from budama.pruning.cutting import cut_to_budget
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import Scores
from budama.pruning.rebuild import load_model
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_csv
from budama.system.files.json_file import read_json
from budama.system.job.device import Execution, to_device

log = logging.getLogger("budama")


def prune(
    *,
    choice: CriterionChoice,
    scope: Scope,
    budget: Budget,
    seed: int,
    ignore: Sequence[str],
    batch_size: int,
    dense: Path,
    scores: Path,
    data: Path,
    output: Path,
    table: Path,
    execution: Execution,
) -> None:
    """Cut the model ``dense`` by ``scores`` and write it to ``output``.

    After the first of several steps, the scores are measured anew on the calibration images.
    ``table`` receives one row per layer: its channels and MACs before and after. Raises
    ``BudamaError`` if the scores belong to another dense model.
    """
    target = execution.prepare(seed)
    network, description = load_model(dense)
    to_device(network, target)
    criterion = load_criterion(choice)
    stored: Scores | None = _scores_of(scores, description.sha256)

    def score(current: nn.Module, groups: list[ChannelGroup]) -> Scores:
        nonlocal stored
        if stored is None:
            batches = evaluation_batches(
                PreparedData.open(data),
                "calibration",
                description.input,
                batch_size,
                execution.workers,
                target,
            )
            found = calibration_scores(criterion, current, groups, batches, target)
        else:
            found, stored = stored, None
        # the file's order is alphabetical; random numbers are drawn in the order of the layers
        return criterion.for_seed({g.name: found[g.name] for g in groups if g.name in found}, seed)

    outcome = cut_to_budget(
        network,
        description.input.size,
        score,
        scope,
        budget,
        ignore=ignore,
        comparable=criterion.comparable,
    )
    after = save_model(
        output,
        network,
        architecture=description.architecture,
        classes=description.classes,
        spec=description.input,
        kept=outcome.kept,
        provenance={
            "stage": "prune",
            "criterion": choice.model_dump(exclude_defaults=True),
            "scope": scope,
            "budget": budget.model_dump(exclude_defaults=True),
            "seed": seed,
            "ignore": list(ignore),
            "too_small_to_round": outcome.too_small,
            "dense_sha256": description.sha256,
        },
    )
    write_csv(table, outcome.layers)
    before = description.figures
    log.info("MACs %.1f M -> %.1f M", before.macs / 1e6, after.figures.macs / 1e6)


def _scores_of(path: Path, dense_sha256: str) -> Scores:
    if read_json(path.with_suffix(".json")).get("dense_sha256") != dense_sha256:
        raise BudamaError(f"{path}: was measured on another dense model; delete it and run again")
    return read_tensors(path)
