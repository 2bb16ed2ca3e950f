"""The pruning stage: scores and a budget in, a smaller model out."""

import json
import logging
from pathlib import Path

from budama.atomic import write_csv
from budama.config.budget import Budget, Scope
from budama.criteria.registry import load_criterion
from budama.errors import BudamaError
from budama.models.rebuild import load_model
from budama.models.store import read_tensors, save_model
from budama.pruning.costs import CostModel
from budama.pruning.groups import PruningGraph
from budama.pruning.selection import select
from budama.pruning.surgery import keep_channels

log = logging.getLogger("budama")


def prune(
    *,
    method: str,
    scope: Scope,
    budget: Budget,
    seed: int,
    dense: Path,
    scores: Path,
    output: Path,
    table: Path,
) -> None:
    """Cut the model ``dense`` by ``scores`` and write it to ``output``.

    ``table`` receives one row per layer: its channels before and after. Raises ``BudamaError`` if
    the scores belong to another dense model.
    """
    import pandas as pd

    network, description = load_model(dense)
    made_for = json.loads(scores.with_suffix(".json").read_text())["dense_sha256"]
    if made_for != description.sha256:
        raise BudamaError(f"{scores}: was measured on another dense model; delete it and run again")
    size = description.input.size
    groups = PruningGraph(network, size).groups
    stored = read_tensors(scores)
    if {group.name for group in groups} != set(stored):
        raise BudamaError(f"{scores}: its layers are not those of {dense}; delete it and run again")
    cost_left = None
    if budget.kind != "channels":
        cost = CostModel(network, groups, size, budget.kind)
        cost_left = cost.share_left
    ranked = load_criterion(method).for_seed({g.name: stored[g.name] for g in groups}, seed)
    kept = select(groups, ranked, scope, budget, cost_left).kept
    keep_channels(network, kept, size)
    after = save_model(
        output,
        network,
        architecture=description.architecture,
        classes=description.classes,
        spec=description.input,
        kept=kept,
        provenance={
            "stage": "prune",
            "method": method,
            "scope": scope,
            "budget": budget.model_dump(),
            "seed": seed,
            "dense_sha256": description.sha256,
        },
    )
    rows = [(group.name, group.channels, len(kept[group.name])) for group in groups]
    write_csv(table, pd.DataFrame(rows, columns=["layer", "channels_before", "channels_after"]))
    before = description.figures
    log.info("MACs %.1f M -> %.1f M", before.macs / 1e6, after.figures.macs / 1e6)
