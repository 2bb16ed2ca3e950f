"""Pruning without the pipeline: one call, in a notebook or a script of your own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd
import torch
from pydantic import ValidationError
from torch import nn

from budama.config.base import Strict
from budama.config.budget import Budget, Scope
from budama.config.criterion import CriterionChoice
from budama.config.cut import DEFAULT_UNITS, IN_LAYERS, LOSS, Kind, NormaliserChoice, Repair
from budama.config.mistakes import explain
from budama.criteria.base import Criterion
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.models.eager import eager
from budama.models.prediction import Verdict, judge
from budama.pruning.choice import Candidate, Cutter, choose
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import Scores
from budama.pruning.parametrised import copy_of
from budama.pruning.patterns import check_patterns
from budama.pruning.repair.apply import Repairer
from budama.system.errors import BudamaError

__all__ = ["BudamaError", "Pruned", "prune_model"]


class _Asked(Strict):
    """What may be asked for, as the config has it."""

    criterion: CriterionChoice
    scope: Scope
    budget: Budget
    repair: Repair
    normaliser: NormaliserChoice
    ignore: tuple[str, ...]
    units: tuple[Kind, ...]

    @property
    def chooses(self) -> bool:
        """Whether several normalisers are tried; in layers none is needed."""
        return self.scope == "global" and self.normaliser == "auto"


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
    batches: Any = None,
    criterion: str | Mapping[str, Any] = "wanda",
    scope: Scope = "layer",
    budget: Mapping[str, Any] | None = None,
    *,
    repair: Repair = "none",
    normaliser: NormaliserChoice = "mean",
    selection: Any = None,
    ignore: Sequence[str] = (),
    units: Kind | Sequence[Kind] = DEFAULT_UNITS,
    seed: int = 0,
) -> Pruned:
    """Return a pruned copy of ``network`` and a table of what went where.

    ``example`` is a batch of images of the right size, ``[batch, 3, height, width]``; ``batches`` a
    loader of images and labels, or a list of them, to calibrate on and to repair with. It is gone
    over several times, and may be left out only if nothing looks at it: the criterion looks at
    weights only, ``repair`` is ``none`` and ``normaliser`` is neither ``loss`` nor ``auto``.

    ``criterion`` is a name, or ``{"criterion": NAME, "options": {...}}``, or ``{"file": PATH}``
    (default ``wanda``); ``scope`` is ``layer`` (the default: the same share of each layer) or
    ``global`` (all channels ranked together); ``budget`` as in the config, for example
    ``{"macs": 0.5, "round_to": 8}`` (a tenth of the channels, if not given), but none that is
    timed: no ``latency`` and no ``"round_to": "auto"``; ``ignore`` patterns of layers to leave
    alone; ``units`` the kinds of units that may go (``channels`` of convolutions, ``hidden`` widths
    of MLPs, whole ``heads`` of attentions, ``head_widths``, ``embedding`` channels; all but
    ``head_widths``, if not given); ``seed`` what random channels depend on.

    ``repair`` is what is done about the cut without any training: ``none`` (the default), ``norms``
    (batch norms measured anew) or ``refit`` (what is left learns by least squares to give what the
    dense network gives, which labels are not needed for).

    ``normaliser`` is what makes scores of different layers comparable in the global scope, ``mean``
    (the default), ``raw``, ``lamp``, or ``loss``: by how much the network's loss is estimated to
    rise on ``batches``, for which no labels are needed. ``auto`` takes what does best on
    ``selection``, a loader of images and labels apart from ``batches``, which nothing else looks
    at.
    Of a network that ``torch.compile`` returned, the one that it was made from is pruned. PyTorch's
    attentions (``nn.MultiheadAttention``) become ``budama.pruning.adapt.multihead.Attention`` in
    the copy, so that heads can go: ``in_proj_weight`` is called ``in_proj.weight`` there. Those of
    BEiT, Swin, Swin V2 and MaxViT become classes of budama, too. To unpickle it needs budama then.
    Raises ``BudamaError`` for mistakes and for models that cannot be pruned.
    """
    network = eager(network)
    asked = _checked(
        criterion={"criterion": criterion} if isinstance(criterion, str) else criterion,
        scope=scope,
        budget={"channels": 0.1} if budget is None else budget,
        repair=repair,
        normaliser=normaliser,
        ignore=ignore,
        units=(units,) if isinstance(units, str) else units,
    )
    _check_budget(asked.budget)
    check_patterns(network, asked.ignore)
    method = load_criterion(asked.criterion)
    _check_images(asked, method, batches, selection)
    batches = () if batches is None else batches
    dense = copy_of(network).eval()
    device = next((held.device for held in dense.parameters()), torch.device("cpu"))
    on_device = _OnDevice(batches, device)

    def score(current: nn.Module, groups: list[ChannelGroup]) -> Scores:
        return method.for_seed(calibration_scores(method, current, groups, batches, device), seed)

    def verdict(candidate: Candidate) -> Verdict:
        judged = cutter.judged(candidate)
        return judge(judged, _OnDevice(selection, device), "selection")

    graph = PruningGraph(dense, example, asked.ignore, asked.units)
    cutter = Cutter(
        Repairer(dense, graph.groups, lambda: on_device),
        graph,
        lambda: score,
        asked.scope,
        asked.budget,
        asked.repair,
    )
    normalisers = method.candidates(asked.normaliser) if asked.scope == "global" else (IN_LAYERS,)
    candidate = choose(normalisers, cutter.cut, verdict if asked.chooses else None).candidate
    candidate.network.train(network.training)
    layers = candidate.outcome.layers
    if asked.repair == "refit":
        explained = candidate.repairs.drop(columns=["inputs", "kept"])
        layers = layers.merge(explained, on="layer", how="left")
    return Pruned(candidate.network, layers, candidate.outcome.kept)


def _checked(**given: Any) -> _Asked:
    """Return what is asked for; raises one ``BudamaError`` that names all mistakes."""
    try:
        return _Asked.model_validate(given)
    except ValidationError as error:
        raise BudamaError("; ".join(explain(error, _Asked, "prune_model", {}))) from error


def _check_budget(budget: Budget) -> None:
    """Raise ``BudamaError`` for a budget that is timed: no device is measured here."""
    if budget.reads_costs:
        given = "latency" if budget.kind == "latency" else "round_to: auto"
        raise BudamaError(
            f"budget: {given} depends on what layers take on a device, which the workflow measures "
            "and prune_model does not: run a scenario with it, or give macs with a round_to of 8 "
            "or 16"
        )


def _check_images(asked: _Asked, method: Criterion, batches: Any, selection: Any) -> None:
    """Raise ``BudamaError`` if images are missing, before anything is cut."""
    if method.needs != "weights":
        name = asked.criterion.criterion or asked.criterion.file
        _check_loader(batches, "batches", f"criterion '{name}' looks at images")
    if asked.repair != "none":
        _check_loader(batches, "batches", f"repair '{asked.repair}' looks at images")
    if asked.scope == "global" and asked.normaliser == LOSS:
        _check_loader(batches, "batches", "normaliser 'loss' looks at images")
    if asked.chooses:
        _check_loader(selection, "selection", "normaliser 'auto' chooses by accuracy")
        _check_loader(batches, "batches", "normaliser 'auto' looks at images to compare cuts")


def _check_loader(loader: Any, name: str, reason: str) -> None:
    """Raise ``BudamaError`` unless ``loader`` can be gone over again and again."""
    wanted = f"give {name}, a loader of images and labels"
    if loader is None:
        raise BudamaError(f"{reason}: {wanted}")
    if isinstance(loader, Iterator):
        raise BudamaError(f"{name} can be gone over only once: {wanted}, or a list of its batches")
    try:
        number = len(loader)
    except TypeError as error:
        raise BudamaError(f"{name} has no length: {wanted}, or a list of its batches") from error
    if number == 0:
        raise BudamaError(f"{reason}, and {name} is empty: {wanted}")
