"""Pruning without the pipeline: one call, in a notebook or a script of your own."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd
import torch
from torch import nn

from budama.config.budget import Budget, Scope
from budama.config.criterion import CriterionChoice
from budama.config.cut import IN_LAYERS, NormaliserChoice, Repair
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.models.prediction import accuracies
from budama.pruning.choice import Candidate, Cutter, choose
from budama.pruning.groups import ChannelGroup, PruningGraph
from budama.pruning.order import Scores
from budama.pruning.repair.apply import Repairer
from budama.system.errors import BudamaError

__all__ = ["BudamaError", "Pruned", "prune_model"]


@dataclass(frozen=True)
class _OnDevice:
    """The batches of a loader, moved to where the network is."""

    loader: Any
    device: torch.device

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for images, labels in self.loader:
            yield images.to(self.device), labels.to(self.device)


class Pruned(NamedTuple):
    """The pruned network, what went where, and the channels that stayed.

    ``layers`` has one row per convolution and linear layer: inputs, outputs and MACs before and
    after, and with a refit also how much of the variance of its inputs the kept ones explain, and
    of its dense outputs it gives before and after (``explained_pct``, ``output_before_pct``,
    ``output_after_pct``). ``kept`` maps each cut group to the channels of the dense network that
    are left.
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
    repair: Repair = "none",
    normaliser: NormaliserChoice = "mean",
    selection: Any = None,
    ignore: Sequence[str] = (),
    seed: int = 0,
) -> Pruned:
    """Return a pruned copy of ``network`` and a table of what went where.

    ``example`` is a batch of images of the right size, ``[batch, 3, height, width]``; ``batches`` a
    loader of images and labels to calibrate on and to repair with (unused by criteria that look at
    weights only); ``criterion`` a name, or ``{"criterion": NAME, "options": {...}}``, or ``{"file":
    PATH}``; ``budget`` as in the config, for example ``{"macs": 0.5, "round_to": 8}`` (a tenth of
    the channels, if not given); ``repair`` what is done about the cut without any training:
    ``none``, ``norms`` (batch norms measured anew) or ``refit`` (what is left learns by least
    squares to give what the dense network gives, which labels are not needed for); ``normaliser``
    what makes scores of different layers comparable in the global scope, where ``auto`` takes what
    is most accurate on ``selection``, a loader of images and labels apart from ``batches``;
    ``ignore`` patterns of layers to leave alone.
    Raises ``BudamaError`` for mistakes and for models that cannot be pruned.
    """
    choice = CriterionChoice.model_validate(
        {"criterion": criterion} if isinstance(criterion, str) else criterion
    )
    method = load_criterion(choice)
    dense = copy.deepcopy(network).eval()
    device = next(dense.parameters()).device
    on_device = _OnDevice(batches, device)

    def score(current: nn.Module, groups: list[ChannelGroup]) -> Scores:
        return method.for_seed(calibration_scores(method, current, groups, batches, device), seed)

    def accuracy(candidate: Candidate) -> float:
        if selection is None:
            raise BudamaError("normaliser 'auto' chooses by accuracy: give selection=, a loader")
        judged = cutter.judged(candidate)
        return accuracies({"": judged}, _OnDevice(selection, device), "selection")[""]

    cutter = Cutter(
        Repairer(dense, PruningGraph(dense, example, ignore).groups, lambda: on_device),
        example,
        lambda: score,
        scope,
        Budget.model_validate(budget or {"channels": 0.1}),
        repair,
        ignore,
    )
    normalisers = method.candidates(normaliser) if scope == "global" else (IN_LAYERS,)
    candidate = choose(normalisers, cutter.cut, accuracy).candidate
    candidate.network.train(network.training)
    layers = candidate.outcome.layers
    if repair == "refit":
        explained = candidate.repairs.drop(columns=["inputs", "kept"])
        layers = layers.merge(explained, on="layer", how="left")
    return Pruned(candidate.network, layers, candidate.outcome.kept)
