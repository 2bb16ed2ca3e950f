"""What each rule's script is told of the configuration, in the form of JSON.

A job runs again when its settings change, so that they name what its result depends on and nothing
else: not where it runs, nor what only other jobs need.
"""

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from budama.analysis.columns import PART
from budama.config.budget import Budget
from budama.config.cells import Cell, onnx_files, parts_by_cell
from budama.config.cut import NONE
from budama.config.places import log_file, task_folder
from budama.config.recipe import NO_TRAINING
from budama.config.schema import ChosenPart, Scenario
from budama.models.weights import known_sha256
from budama.system.errors import BudamaError
from budama.workflow.lookups import Lookups

Json = dict[str, Any]
# Of all precisions only this one is made with images
CALIBRATED = "int8"


class RuleSettings:
    """One method per rule, with the rule's name; parameters and mistakes are those of look-ups.

    ``selftest`` has the settings of ``latency``; ``doctor`` and ``plan``, which are told the whole
    configuration, have no method.
    """

    def __init__(self, lookups: Lookups) -> None:
        self._look_up = lookups

    def audit(self, dataset: str) -> Json:
        """Return the dataset's block."""
        return {"dataset": self._look_up.dataset(dataset).model_dump(mode="json")}

    def cache(self, pixels: str) -> Json:
        """Return the length of the shorter side."""
        return {"pixels": int(pixels)}

    def prepare(self, task: str) -> Json:
        """Return what the images are split by."""
        own = self._look_up.task(task)
        return {
            "validation": own.validation,
            "calibration": own.calibration.model_dump(),
            "selection": own.selection,
            "seed": own.seed,
        }

    def preflight(self, task: str) -> Json:
        """Return what is tried: the network, with first weights that lie here, and its cut.

        Others, which would be fetched, do not matter to it.
        """
        own = self._look_up.task(task)
        network = {"weights": "random", "weights_sha256": None, "order": None, "as_it_is": False}
        if own.weights.startswith(("file:", "package:")):
            dense = self.dense(task)
            network = {key: dense[key] for key in ("weights", "weights_sha256", "order")}
            network |= {"as_it_is": not self._look_up.is_fine_tuned(task)}
        return {
            "network": network
            | {
                "model": own.model,
                "options": own.options,
                "image_size": own.image_size,
                "ignore": own.ignore,
                "units": own.units,
            }
        }

    def dense(self, task: str) -> Json:
        """Return the model, its first weights and how it is trained, if it is.

        Weights and the order of their classes have a hash: another content of the file counts.
        """
        own = self._look_up.task(task)
        trained = self._look_up.is_fine_tuned(task)
        listed = own.classes is not None and Path(own.classes).is_file()
        return {
            "model": own.model,
            "options": own.options,
            "weights": own.weights,
            "weights_sha256": known_sha256(own.weights, own.weights_sha256),
            "order": own.classes,
            "order_sha256": _sha256(Path(str(own.classes))) if listed else None,
            "batch_size": own.batch_size if not trained else None,
            "image_size": own.image_size,
            "preprocessing": own.preprocessing.model_dump(mode="json"),
            "recipe": self._recipe(own.recipe) if trained else None,
            "seed": own.seed,
        }

    def costs(self, task: str) -> Json:
        """Return how the dense model's layers, and whole candidates for a cut, are timed."""
        headline = self._look_up.latency(task).headline
        return {
            "latency": headline.model_dump(mode="json", exclude={"skip"}),
            "units": self._look_up.task(task).units,
        }

    def calibrate(self, task: str, method: str) -> Json:
        """Return the criterion, and how many images it sees at once."""
        return {
            "criterion": self._criterion(method),
            "batch_size": self._look_up.task(task).calibration.batch_size,
            "units": self._look_up.task(task).units,
        }

    def prune(
        self,
        task: str,
        method: str,
        scope: str,
        normaliser: str,
        budget: str,
        repair: str,
        seed: str,
    ) -> Json:
        """Return what is cut, how much, from where, and what is done about it.

        Raises ``BudamaError`` for a normaliser where there is none, or none where there is one.
        """
        if (scope == "global") != (normaliser != NONE):
            raise BudamaError(
                f"the scope {scope} with the normaliser {normaliser} is no cut: the global scope "
                f"has a normaliser, and for the layer scope the folder is {NONE}"
            )
        own, chosen = self._look_up.task(task), Budget.from_id(budget)
        timed = {"latency": self.costs(task)["latency"]} if chosen.kind == "latency" else {}
        return timed | {
            "criterion": self._criterion(method),
            "scope": scope,
            "normaliser": normaliser if normaliser != NONE else None,
            "budget": chosen.model_dump(exclude_defaults=True),
            "repair": repair,
            "seed": int(seed),
            "ignore": own.ignore,
            "units": own.units,
            "batch_size": own.calibration.batch_size,
        }

    def finetune(self, recipe: str, seed: str) -> Json:
        """Return how a cell is trained, if it is."""
        trained = self._look_up.is_trained(recipe)
        return {"recipe": self._recipe(recipe) if trained else None, "seed": int(seed)}

    def export(self, task: str, model: str) -> Json:
        """Return the model's name, and how many images it is compared on."""
        return {"images": self._look_up.task(task).batch_size, "task": task, "cell": model}

    def convert(self, task: str, precision: str) -> Json:
        """Return the precision, and how many images are looked at at once where any are."""
        batch_size = self._look_up.task(task).calibration.batch_size
        return {
            "precision": precision,
            "batch_size": batch_size if precision == CALIBRATED else None,
        }

    def evaluate(self, task: str) -> Json:
        """Return how many images are predicted at once, and in which precisions."""
        precisions = self._look_up.latency(task).precisions
        return {
            "batch_size": self._look_up.task(task).batch_size,
            "precisions": list(onnx_files(precisions)),
        }

    def latency(self, task: str) -> Json:
        """Return how the models of a task are timed."""
        return {"latency": self._look_up.latency(task).model_dump(mode="json", exclude={"skip"})}

    def summarise(self, scenario: str) -> Json:
        """Return the models, and what their rows have in common."""
        task = self._look_up.scenario(scenario).task
        own = self._look_up.task(task)
        dense, *rows = self._look_up.models(scenario)
        parts = parts_by_cell(self._look_up.scenario(scenario))
        cells = [
            row | ({PART: parts[cell]} if cell in parts else {})
            for cell, row in zip(self._look_up.cells(scenario), rows, strict=True)
        ]
        return {
            "shared": {
                "scenario": scenario,
                "task": task,
                "model": own.model,
                "dataset": own.dataset,
            },
            "dense": dense,
            "cells": cells,
            "timed": self._look_up.is_timed(task),
        }

    def analyse(self, scenario: str) -> Json:
        """Return what decides on the statistics, and on which published figures belong here."""
        chosen = self._look_up.scenario(scenario)
        return {
            "models": self._look_up.models(scenario),
            "recipes": {name: {"epochs": self._recipe(name)["epochs"]} for name in chosen.recipe},
            "batches": self._look_up.task(chosen.task).calibration.batches,
        }

    def answer(self, scenario: str) -> Json:
        """Return the models, and how much the answer may lose."""
        chosen = self._look_up.scenario(scenario)
        return {
            "models": self._look_up.models(scenario),
            "lose_at_most": chosen.answer.lose_at_most,
            "timed": self._look_up.is_timed(chosen.task),
        }

    def pictures(self, scenario: str) -> Json:
        """Return the models, those that were cut with the folder of the cut."""
        return {"models": self._look_up.models_with_cuts(scenario)}

    def report(self, scenario: str) -> Json:
        """Return what the report says of the scenario's settings."""
        chosen = self._look_up.scenario(scenario)
        own = self._look_up.task(chosen.task)
        shown = {"model", "weights", "dataset", "image_size", "calibration"}
        said = {
            "title": chosen.title,
            "task": {"name": chosen.task} | own.model_dump(mode="json", include=shown),
            **_choices(chosen),
            "parts": [{"title": part.title} | _choices(part) for part in chosen.parts],
            "seeds": chosen.seeds,
            "original": own.recipe,
            "recipes": {name: self._recipe(name) for name in [own.recipe, *chosen.recipe]},
            "assumed": chosen.assumed,
            "models": self._look_up.models_with_cuts(scenario),
            "failed": [cell.row() for cell in self._look_up.failed_cells(scenario)],
        }
        return {"scenario": said}

    def card(
        self,
        task: str,
        method: str,
        scope: str,
        normaliser: str,
        budget: str,
        repair: str,
        recipe: str,
        seed: str,
    ) -> Json:
        """Return the cell's own columns in the summary, and the logs of its jobs."""
        cell = Cell(task, method, scope, normaliser, budget, repair, recipe, int(seed))
        row = {key: value for key, value in cell.row().items() if key != "folder"}
        model = cell.folder.removeprefix(f"{task_folder(task)}/")
        logs = {stage: log_file(task, stage, model) for stage in ("evaluate", "export", "latency")}
        return {
            "cell": {"task": task, "dataset": self._look_up.task(task).dataset} | row,
            "logs": {"finetune": log_file(task, "finetune", cell.label)} | logs,
        }

    def of_all(self, overrides: Json) -> Json:
        """Return what the stages read the configuration with that look at all of it.

        Raises ``BudamaError`` where they could not: before their job, not in it.
        """
        assert self._look_up.config
        return {"config": overrides}

    def comparison(self, made: Collection[str]) -> Json:
        """Return the scenarios that have results, and the others.

        ``made`` are those whose summaries are made before the page is, and are its inputs; of the
        others, what is there counts, and its hash is a part of the settings.
        """
        config, found = self._look_up.config, {}
        for name, scenario in config.scenarios.items():
            summary = self._look_up.summary(name)
            if name in made or Path(summary).is_file():
                state = {} if name in made else {"sha256": _sha256(Path(summary))}
                found[name] = {"title": scenario.title, "summary": summary} | state
        return {
            "scenarios": found,
            "without": [name for name in config.scenarios if name not in found],
            "recipes": {
                name: {"epochs": self._recipe(name)["epochs"]}
                for name in (*config.recipes, NO_TRAINING)
            },
            "batches": {name: own.calibration.batches for name, own in config.tasks.items()},
        }

    def _recipe(self, recipe: str) -> Json:
        own = self._look_up.recipe(recipe)
        return {"epochs": 0} if own is None else own.model_dump(mode="json")

    def _criterion(self, method: str) -> Json:
        return self._look_up.criterion(method).model_dump(exclude_defaults=True)


def _choices(of: Scenario | ChosenPart) -> Json:
    """Return what is compared in a scenario or in one of its parts."""
    return {
        "scopes": of.scopes,
        "normalisers": of.normaliser,
        "budgets": [budget.id for budget in of.budgets],
        "repairs": of.repair,
        "methods": of.methods,
        "controls": of.controls,
        "recovery": of.recipe,
    }


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
