"""One network in a process of its own: ``python -m tools.census.attempt`` reads what and writes it.

Random weights, norms that matter, 10 classes, the smallest size that the network runs at.
"""

import copy
import logging
import re
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from budama.config.budget import Budget, Scope
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.models.architecture import build
from budama.models.figures import count_macs, figures
from budama.models.onnx.export import compare, to_onnx
from budama.models.outputs import logits_of
from budama.models.preprocessing import Input
from budama.models.store import save_model
from budama.pruning.cutting import Outcome, cut_to_budget
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import Scores
from budama.pruning.rebuild import load_model
from budama.system.errors import BudamaError
from budama.system.job.bounded import Tell, answer

CLASSES = 10
SIZES = (64, 96, 128, 160, 224)
# name: scope and budget
CUTS: dict[str, tuple[Scope, dict[str, float]]] = {
    "10% of channels": ("layer", {"channels": 0.1}),
    "50% of channels": ("layer", {"channels": 0.5}),
    "50% of MACs": ("global", {"macs": 0.5}),
}
STORED = "50% of channels"  # the cut that is stored, rebuilt and exported
ONNX_TOLERANCE = 1e-3


def randomised(model: str) -> nn.Module:
    """Return ``model`` with norms that matter: timm's zeros would hide mistakes."""
    torch.manual_seed(0)
    network = build(model, CLASSES)
    for layer in network.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm) and layer.affine:
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.2, 0.2)
    return network.eval()


def smallest_size(network: nn.Module) -> int:
    """Return the smallest of the usual sizes, or the network's own, that it runs at."""
    own = getattr(network, "default_cfg", None) or {}
    native = int(own.get("input_size", (3, 224, 224))[-1])
    last: Exception | None = None
    for size in dict.fromkeys((*SIZES, native)):
        try:
            with torch.no_grad():
                found = logits_of(network(torch.randn(2, 3, size, size)))
        except Exception as error:
            last = error
            continue
        if found.shape == (2, CLASSES) and found.isfinite().all():
            return size
    raise BudamaError(f"it runs at no size from {SIZES[0]} to {native} pixels ({_line(last)})")


def _nearest(
    graph: PruningGraph, scope: Scope, budget: dict[str, float]
) -> tuple[nn.Module, Outcome]:
    """Cut a network to ``budget``, or to the nearest that a refusal says can be met."""
    ((kind, asked),) = budget.items()
    for attempts_left in reversed(range(4)):
        try:
            return cut(graph, scope, budget)
        except BudamaError as error:
            shares = re.findall(r"(?:leaves?|and) (0\.\d+)", str(error))
            if not attempts_left or not shares or "nearest" not in str(error):
                raise
            budget = {kind: min(map(float, shares), key=lambda share: abs(share - asked))}
    raise AssertionError


def cut(graph: PruningGraph, scope: Scope, budget: dict[str, float]) -> tuple[nn.Module, Outcome]:
    """Return a copy of the graph's network, cut by magnitude; verified or refused."""
    criterion = load_criterion("magnitude")
    network = copy.deepcopy(graph.network)

    def score(current: nn.Module, groups: list[ChannelGroup]) -> Scores:
        scores = calibration_scores(criterion, current, groups, (), torch.device("cpu"))
        return criterion.for_seed(scores, 0)

    outcome = cut_to_budget(network, graph, score, scope, Budget.model_validate(budget))
    return network, outcome


def census(model: str, tell: Tell) -> dict[str, Any]:
    """Cut ``model`` in each way; a cut that is not refused has been verified in float64."""
    tell("building it")
    dense = randomised(model)
    size = smallest_size(dense)
    before = figures(dense, size)
    tell("following its channels")
    graph = PruningGraph(dense, size)
    cuts: dict[str, Any] = {}
    found = {"size": size, "params": before.params, "macs": before.macs, "cuts": cuts}
    for name, (scope, budget) in CUTS.items():
        tell(f"cutting {name}")
        try:
            network, outcome = _nearest(graph, scope, budget)
        except BudamaError as error:
            cuts[name] = {"refused": str(error)}
            continue
        with torch.no_grad():
            assert logits_of(network(torch.randn(2, 3, size, size))).isfinite().all()
        layers = outcome.layers
        same = layers[
            (layers["inputs_before"] == layers["inputs_after"])
            & (layers["outputs_before"] == layers["outputs_after"])
            & (layers["macs_before"] > 0)
        ]
        cuts[name] = {
            "macs_left": count_macs(network, size).total() / before.macs,
            "layers": int((layers["macs_before"] > 0).sum()),
            "whole": len(same),
            "whole_share": float(same["macs_before"].sum() / max(layers["macs_before"].sum(), 1)),
        }
        del network  # before the next one is made
    return found


def why(model: str, tell: Tell) -> dict[str, Any]:
    """Return the groups of ``model`` that stay whole, and why."""
    dense = randomised(model)
    tell("following its channels")
    graph = PruningGraph(dense, smallest_size(dense))
    return {"groups": len(graph.groups), "whole": graph.whole}


def files(model: str, tell: Tell) -> dict[str, Any]:
    """Store, rebuild and export what is left of ``model``: all must agree."""
    dense = randomised(model)
    size = smallest_size(dense)
    images = torch.randn(2, 3, size, size)
    tell("cutting it")
    network, outcome = cut(PruningGraph(dense, size), *CUTS[STORED])
    with torch.no_grad():
        expected = logits_of(network(images))
    tell("storing and rebuilding it")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        save_model(
            path,
            network,
            architecture=model,
            classes=[str(i) for i in range(CLASSES)],
            spec=Input(size=size, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1),
            kept=outcome.kept,
            sizes=outcome.sizes,
            provenance={},
        )
        rebuilt, _ = load_model(path)
    with torch.no_grad():
        assert torch.equal(logits_of(rebuilt(images)), expected), "rebuilt, it gives other outputs"
    tell("exporting it")
    found = compare(network, to_onnx(network, size, {}), images)
    difference = float(found["largest_difference"]) / max(float(expected.abs().max()), 1e-6)
    if not difference < ONNX_TOLERANCE:
        raise BudamaError(f"its ONNX file does not agree with torch: {difference:.2g}")
    return {"onnx_difference": difference}


def plain(model: str, tell: Tell) -> dict[str, Any]:
    """Cut half of the channels of ``model`` with Torch-Pruning alone; whether it then runs."""
    import torch_pruning as tp

    tell("building it")
    network = randomised(model)
    size = smallest_size(network)
    before = count_macs(network, size).total()
    images = torch.randn(1, 3, size, size)
    classifiers = [m for m in network.modules() if getattr(m, "out_features", 0) == CLASSES]
    tell("cutting it")
    pruner = tp.pruner.BasePruner(
        network,
        images,
        importance=tp.importance.MagnitudeImportance(p=2),
        pruning_ratio=0.5,
        ignored_layers=classifiers,
    )
    pruner.step()
    tell("running it")
    with torch.no_grad():
        assert logits_of(network(images)).shape == (1, CLASSES)
    return {"macs_left": count_macs(network, size).total() / before}


WORK: dict[str, Callable[[str, Tell], dict[str, Any]]] = {
    "cut": census,
    "why": why,
    "files": files,
    "plain": plain,
}


def attempt(given: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Do the ``work`` on the ``model`` that is named; any mistake is part of what is found."""
    try:
        return WORK[given["work"]](given["model"], tell)
    except BudamaError as error:
        return {"refused": str(error), "trace": traceback.format_exc()}
    except Exception as error:
        return {"raw": _line(error), "trace": traceback.format_exc()}


def _line(error: Exception | None) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:400]}"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    answer(attempt)
