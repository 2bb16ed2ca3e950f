"""What a cut is worth before any training: ``make bench-repair`` writes docs/repair.md's tables.

Needs a task's data and dense model under results/, which the Makefile asks Snakemake for.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import torch

from budama.config.budget import Budget
from budama.config.cut import NORMALISERS, Normaliser
from budama.config.places import data_folder, dense_folder
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.data.loading import evaluation_batches
from budama.data.prepared import PreparedData
from budama.models.prediction import Verdict, accuracies, judge
from budama.pruning.choice import Cutter, best_of
from budama.pruning.graph import PruningGraph
from budama.pruning.order import Scores
from budama.pruning.rebuild import load_model
from budama.pruning.repair.apply import Repairer
from budama.system.errors import BudamaError

METHODS = ("wanda", "magnitude", "taylor", "coverage", "random")
BUDGETS = [{"macs": 0.5, "round_to": 8}, {"macs": 0.5}, {"channels": 0.1}]
MARK = "<!-- {} -->"


class Found(NamedTuple):
    """The accuracies in percent of one cut: on validation images, and where auto looks."""

    as_cut: float
    norms: float
    refit: float
    verdict: Verdict


class Bench:
    """A task's dense model, its images and its scores."""

    def __init__(self, task: str) -> None:
        self.network, self.description = load_model(Path(dense_folder(task), "model.safetensors"))
        images = PreparedData.open(Path(data_folder(task)))
        size = self.description.input.size
        # decoded once: forty cuts look at them
        self.images = {
            split: list(evaluation_batches(images, split, self.description.input, 64))
            for split in ("calibration", "validation", "selection")
        }
        self.graph = PruningGraph(self.network, size)
        groups = self.graph.groups
        self.repairer = Repairer(self.network, groups, lambda: self.images["calibration"])
        self.methods = {name: load_criterion(name) for name in METHODS}
        calibration, cpu = self.images["calibration"], torch.device("cpu")
        self.scores = {
            name: calibration_scores(method, self.network, groups, calibration, cpu)
            for name, method in self.methods.items()
        }

    def accuracy(self, network: torch.nn.Module, split: str) -> float:
        """Return the top-1 accuracy in percent."""
        return accuracies({"": network}, self.images[split], split)[""]

    def find(self, method: str, scope: str, normaliser: Normaliser, budget: Budget) -> Found | None:
        """Return what a cut comes to by each repair, or None where the budget is out of reach."""

        def score(_network: object, groups: list) -> Scores:  # type: ignore[type-arg]
            scores = self.scores[method]
            ordered = {g.name: scores[g.name] for g in groups if g.name in scores}
            return self.methods[method].for_seed(ordered, 0)

        cutter = Cutter(
            self.repairer,
            self.graph,
            lambda: score,
            scope,  # type: ignore[arg-type]
            budget,
            "refit",
        )
        try:
            cut = cutter.cut(normaliser)
        except BudamaError as error:
            print(f"{method}, {scope}, {normaliser}, {budget.id}: {error}", file=sys.stderr)
            return None
        return Found(
            self.accuracy(cut.as_cut, "validation"),
            self.accuracy(cutter.with_norms(cut), "validation"),
            self.accuracy(cut.network, "validation"),
            judge(cut.network, self.images["selection"], "selection"),
        )


def table(bench: Bench, budgets: list[Budget], scopes: list[str]) -> Iterator[str]:
    """Yield the lines of the table: a row for each cut, as cut / norms / refit."""
    yield "| cut | method | layer | global, mean | raw | LAMP | loss | auto takes |"
    yield "|---|---|---|---|---|---|---|---|"
    for budget, method in product(budgets, METHODS):
        cells = []
        if "layer" in scopes:
            cells.append(_cell(bench.find(method, "layer", "mean", budget)))
        else:
            cells.append("")
        tried = bench.methods[method].candidates("auto")
        found = {
            n: bench.find(method, "global", n, budget) if n in tried else None for n in NORMALISERS
        }
        known = {n: f for n, f in found.items() if f is not None}
        best = best_of({n: f.verdict for n, f in known.items()}) if known else None
        cells += [_cell(f, bold=n == best) for n, f in found.items()]
        name = f"*{method}*" if method == "random" else method
        row = [budget.id, name, *cells, f"{best}: {known[best].refit:.1f}" if best else "–"]
        print(row, file=sys.stderr, flush=True)
        yield f"| {' | '.join(row)} |"


def _cell(found: Found | None, *, bold: bool = False) -> str:
    if found is None:
        return "–"
    refit = f"**{found.refit:.1f}**" if bold else f"{found.refit:.1f}"
    return f"{found.as_cut:.1f} / {found.norms:.1f} / {refit}"


def main() -> None:
    """Measure, and put the table between the marks of its task in the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", required=True)
    parser.add_argument("--budgets", type=json.loads, default=BUDGETS, help="a list, as JSON")
    parser.add_argument("--scopes", default="layer,global")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    begin, end = (MARK.format(f"{word} {arguments.task}") for word in ("begin", "end"))
    if arguments.output is not None and begin not in arguments.output.read_text(encoding="utf-8"):
        sys.exit(f"{arguments.output} has no line '{begin}', where the table would go")
    torch.use_deterministic_algorithms(True)
    bench = Bench(arguments.task)
    budgets = [Budget.model_validate(given) for given in arguments.budgets]
    dense = bench.accuracy(bench.network, "validation")
    lines = [f"Dense: {dense:.1f}.", "", *table(bench, budgets, arguments.scopes.split(","))]
    text = "\n".join(lines)
    print(text)
    if arguments.output is None:
        return
    page = arguments.output.read_text(encoding="utf-8")
    whole = f"{begin}\n{text}\n{end}"
    page = re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: whole, page, flags=re.DOTALL)
    arguments.output.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
