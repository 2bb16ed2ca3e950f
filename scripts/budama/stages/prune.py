"""The pruning stage: scores and a budget in, a smaller model out."""

import logging
from pathlib import Path

import pandas as pd
from torch import nn

from budama.config.budget import Budget, Scope
from budama.config.criterion import CriterionChoice
from budama.config.cut import NormaliserChoice, Repair
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.data.loading import evaluation_batches
from budama.data.prepared import PreparedData
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
    criterion: CriterionChoice,
    scope: Scope,
    normaliser: NormaliserChoice | None,
    budget: Budget,
    repair: Repair,
    seed: int,
    ignore: list[str],
    batch_size: int,
    dense: Path,
    scores: Path,
    data: Path,
    output: Path,
    table: Path,
    repairs: Path,
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
    scorer = load_criterion(criterion)
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
            found = calibration_scores(scorer, current, groups, batches, target)
        else:
            found, stored = stored, None
        # the file's order is alphabetical; random numbers are drawn in the layers' order
        return scorer.for_seed({g.name: found[g.name] for g in groups if g.name in found}, seed)

    outcome = cut_to_budget(
        network,
        description.input.size,
        score,
        scope,
        budget,
        ignore=ignore,
        comparable=scorer.comparable,
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
            "criterion": criterion.model_dump(exclude_defaults=True),
            "scope": scope,
            "normaliser": normaliser and {"asked": normaliser, "chosen": "mean", "candidates": {}},
            "budget": budget.model_dump(exclude_defaults=True),
            "repair": repair,
            "seed": seed,
            "ignore": ignore,
            "too_small_to_round": outcome.too_small,
            "dense_sha256": description.sha256,
        },
    )
    write_csv(table, outcome.layers)
    write_csv(repairs, pd.DataFrame(columns=["layer", "inputs", "kept", "explained_pct"]))
    before = description.figures
    log.info("MACs %.1f M -> %.1f M", before.macs / 1e6, after.figures.macs / 1e6)


def _scores_of(path: Path, dense_sha256: str) -> Scores:
    if read_json(path.with_suffix(".json")).get("dense_sha256") != dense_sha256:
        raise BudamaError(f"{path}: was measured on another dense model; delete it and run again")
    return read_tensors(path)
