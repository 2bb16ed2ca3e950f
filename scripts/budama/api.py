"""Pruning without the pipeline: one call, in a notebook or a script of your own."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
import torch
from torch import nn

from budama.config.budget import Budget, Scope
from budama.config.criterion import CriterionChoice
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.pruning.cutting import cut_to_budget
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import Scores
from budama.system.errors import BudamaError

__all__ = ["BudamaError", "Pruned", "prune_model"]


class Pruned(NamedTuple):
    """The pruned network, what went where, and the channels that stayed.

    ``layers`` has one row per convolution and linear layer: inputs, outputs and MACs before and
    after; ``kept`` maps each cut group to the channels of the dense network that are left.
    """

    network: nn.Module
    layers: pd.DataFrame
    kept: dict[str, list[int]]


def prune_model(
    network: nn.Module,
    example: torch.Tensor,
    batches: Any,
    criterion: str | Mapping[str, Any] = "wanda",
    scope: Scope = "layer",
    budget: Mapping[str, Any] | None = None,
    *,
    ignore: Sequence[str] = (),
    seed: int = 0,
) -> Pruned:
    """Return a pruned copy of ``network`` and a table of what went where.

    ``example`` is a batch of images of the right size, ``[batch, 3, height, width]``; ``batches`` a
    loader of images and labels to calibrate on (unused by criteria that look at weights only);
    ``criterion`` a name, or ``{"criterion": NAME, "options": {...}}``, or ``{"file": PATH}``;
    ``budget`` as in the config, for example ``{"macs": 0.5, "round_to": 8}`` (a tenth of the
    channels, if not given); ``ignore`` patterns of layers to leave alone. Raises
    ``BudamaError`` for mistakes and for models that cannot be pruned.
    """
    choice = CriterionChoice.model_validate(
        {"criterion": criterion} if isinstance(criterion, str) else criterion
    )
    chosen = load_criterion(choice)
    network = copy.deepcopy(network)
    device = next(network.parameters()).device

    def score(current: nn.Module, groups: list[ChannelGroup]) -> Scores:
        found = calibration_scores(chosen, current, groups, batches, device)
        return chosen.for_seed(found, seed)

    outcome = cut_to_budget(
        network,
        example,
        score,
        scope,
        Budget.model_validate(budget or {"channels": 0.1}),
        ignore=ignore,
        comparable=chosen.comparable,
    )
    return Pruned(network, outcome.layers, outcome.kept)
