"""The pruning stage: scores and a budget in, a smaller model out, repaired."""

import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from torch import nn

from budama.config.budget import TIMED_CUTS, Budget, Scope
from budama.config.criterion import CriterionChoice
from budama.config.cut import IN_LAYERS, Kind, NormaliserChoice, Repair
from budama.config.latency import Latency
from budama.criteria.base import Criterion
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.data.loading import Batches, evaluation_batches
from budama.data.prepared import PreparedData
from budama.models.prediction import Verdict, accuracies, judge
from budama.models.store import Description, read_tensors, save_model
from budama.pruning.choice import Candidate, Choice, Cutter, choose
from budama.pruning.cutting import Scorer
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import Scores
from budama.pruning.patterns import check_patterns
from budama.pruning.rebuild import load_model
from budama.pruning.repair.apply import Repairer
from budama.pruning.repair.norms import has_norms
from budama.pruning.timed.clock import Clock
from budama.pruning.timed.table import check_groups, read_table
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_csv
from budama.system.files.json_file import read_json
from budama.system.job.device import Execution, to_device, without_tf32

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
    units: list[Kind],
    batch_size: int,
    latency: Latency | None = None,
    dense: Path,
    scores: Path,
    data: Path,
    costs: Path | None,
    onnx: Path | None,
    output: Path,
    table: Path,
    repairs: Path,
    execution: Execution,
) -> None:
    """Cut the model ``dense`` by ``scores``, repair it and write it to ``output``.

    After the first of several steps, the scores are measured anew on the calibration images. Of
    several normalisers, the one is kept whose repaired cut does best on the images of
    the split ``selection``; for ``repair: none`` with batch norms measured anew, because a cut as
    it is shows above all how wrong they are.

    A budget that asks for widths that pay off needs the table ``costs``; one in latency also
    ``onnx``, the dense model's file, and is met on this machine by the rules of ``latency``.

    ``table`` receives one row per layer: its channels and MACs before and after; ``repairs`` one
    per repaired layer: what the kept channels explain. The provenance in the description beside
    ``output`` tells what was tried, and the accuracies on validation images before any training.
    Raises ``BudamaError`` if the scores belong to another dense model, if ``auto`` has no images to
    choose on, if ``costs`` is of another device than this, and as the cut does.
    """
    target = execution.prepare(seed)
    without_tf32()
    network, description = load_model(dense, own_code=True)
    check_patterns(network, ignore)
    to_device(network, target)
    images = PreparedData.open(data)
    if normaliser == "auto" and images.rows("selection").empty:
        raise BudamaError(
            f"{data}: normaliser 'auto' chooses on the images of the split 'selection', and there "
            "are none: name a normaliser, or give the task more training images"
        )

    def batches(split: str) -> Batches:
        return evaluation_batches(
            images, split, description.input, batch_size, execution.workers, target
        )

    method = load_criterion(criterion)
    stored = _scores_of(scores, description.sha256)
    graph = PruningGraph(network, description.input.size, ignore, units)
    repairer = Repairer(network, graph.groups, lambda: batches("calibration"))
    clock = _clock(costs, description, graph.groups) if budget.reads_costs else None
    cutter = Cutter(
        repairer,
        graph,
        lambda: _scorer(method, stored, seed, lambda: batches("calibration")),
        scope,
        budget,
        repair,
        clock,
    )

    def verdict(candidate: Candidate) -> Verdict:
        return judge(cutter.judged(candidate), batches("selection"), "selection")

    normalisers = method.candidates(normaliser) if normaliser else (IN_LAYERS,)
    judged = verdict if normaliser == "auto" else None
    timed: dict[str, Any] = {}
    if budget.kind == "latency":
        assert onnx is not None
        assert costs is not None
        assert latency is not None
        choice, timed = import_module(TIMED_CUTS).choose_here(
            normalisers,
            cutter,
            judged,
            size=description.input.size,
            latency=latency,
            costs=costs,
            onnx=onnx,
        )
    else:
        choice = choose(normalisers, cutter.cut, judged)
    validated = _validated(cutter, choice.candidate, batches("validation"))
    log.info("validation accuracy: %s", validated)
    outcome = choice.candidate.outcome
    after = save_model(
        output,
        choice.candidate.network,
        architecture=description.architecture,
        options=description.options,
        classes=description.classes,
        spec=description.input,
        kept=outcome.kept,
        sizes=outcome.sizes,
        biases=repairer.biases(choice.candidate.network),
        provenance={
            "stage": "prune",
            "criterion": criterion.model_dump(exclude_defaults=True),
            "scope": scope,
            "normaliser": normaliser and _said(normaliser, choice),
            "budget": budget.model_dump(exclude_defaults=True),
            "repair": repair,
            "seed": seed,
            "ignore": ignore,
            "units": units,
            "too_small_to_round": outcome.too_small,
            **({"timed": clock.table.device.model_dump() | timed} if clock else {}),
            "validation": validated,
            "dense_sha256": description.sha256,
        },
    )
    write_csv(table, outcome.layers)
    write_csv(repairs, choice.candidate.repairs.round(4))
    _log_costs(description, after)


def _scorer(method: Criterion, stored: Scores, seed: int, batches: Callable[[], Batches]) -> Scorer:
    """Return what scores a network: the dense one as stored, and later ones anew."""
    waiting: list[Scores] = [stored]

    def score(network: nn.Module, groups: list[ChannelGroup]) -> Scores:
        if waiting:
            found = waiting.pop()
        else:
            device = next(network.parameters()).device
            found = calibration_scores(method, network, groups, batches(), device)
        # the file's order is alphabetical; random numbers are drawn in the layers' order
        return method.for_seed({g.name: found[g.name] for g in groups if g.name in found}, seed)

    return score


def _clock(costs: Path | None, dense: Description, groups: list[ChannelGroup]) -> Clock:
    """Return what the table ``costs`` says of the model ``dense``."""
    assert costs is not None, "the rule names the table of a budget that is timed"
    table = read_table(costs, dense.sha256)
    check_groups(costs, table, groups)
    return Clock(table)


def _validated(cutter: Cutter, candidate: Candidate, batches: Batches) -> dict[str, float]:
    """Return the validation accuracies in percent: as cut, with norms measured anew, repaired."""
    models, repair = {"after_cut_pct": candidate.as_cut}, cutter.repair
    if has_norms(candidate.as_cut):
        models["norms_pct"] = (
            candidate.network if repair == "norms" else cutter.with_norms(candidate)
        )
    if repair == "refit":
        models["repaired_pct"] = candidate.network
    found = accuracies(models, batches, "validation")
    found.setdefault("norms_pct", found["after_cut_pct"])
    found.setdefault("repaired_pct", found["norms_pct" if repair == "norms" else "after_cut_pct"])
    return found


def _said(asked: NormaliserChoice, choice: Choice) -> dict[str, Any]:
    return {
        "asked": asked,
        "chosen": choice.normaliser,
        "candidates": {name: found.accuracy_pct for name, found in choice.verdicts.items()},
        "losses": {name: found.loss for name, found in choice.verdicts.items()},
        "passed_over": choice.passed_over,
    }


def _scores_of(path: Path, dense_sha256: str) -> Scores:
    if read_json(path.with_suffix(".json")).get("dense_sha256") != dense_sha256:
        raise BudamaError(f"{path}: was measured on another dense model; delete it and run again")
    return read_tensors(path)


def _log_costs(before: Description, after: Description) -> None:
    log.info("MACs %.1f M -> %.1f M", before.figures.macs / 1e6, after.figures.macs / 1e6)
