"""What the rules ask while jobs are planned: who has which name, and which files are needed.

Knows no Snakemake and imports no torch. Rules hand over their wildcards by name, so that the
parameters of a look-up are called like wildcards (``rules/common.smk``); rules ask for every job,
and remember the answers.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from budama.config.asked import ANSWER_TARGET
from budama.config.budget import TIMED_CUTS, Budget
from budama.config.cells import (
    Cell,
    answer_files,
    cells_of,
    dense_row,
    onnx_files,
    products,
    unfinished,
    wanted_reports,
)
from budama.config.criterion import CriterionChoice
from budama.config.data import Dataset
from budama.config.latency import Latency
from budama.config.places import (
    CLASSES,
    CURVE,
    DESCRIPTION,
    EVALUATION,
    EXPORT,
    LATENCY,
    LAYERS,
    ONNX,
    PREDICTIONS,
    PROVENANCE,
    REPAIR,
    SUMMARY,
    cache_folder,
    costs_file,
    data_folder,
    dataset_folder,
    dense_folder,
    preflight_file,
    report_folder,
    scenario_file,
    task_folder,
)
from budama.config.recipe import NO_TRAINING, Recipe, check_shares
from budama.config.schema import DENSE, DENSE_FINETUNED, Cluster, Config, Scenario, Task
from budama.criteria.registry import criterion_file
from budama.data.layout import AUDIT, CACHE, MANIFEST, SPLITS, source_file
from budama.models.own import is_own, own_file
from budama.system.errors import BudamaError

Kind = TypeVar("Kind")


class Lookups:
    """The configuration, as rules ask for it.

    ``config`` is it, or chooses it when it is first asked for. ``failed`` are the folders of cells
    that reports do without. Every look-up raises ``BudamaError`` for a name that the configuration
    does not define.
    """

    def __init__(self, config: Config | Callable[[], Config], failed: Collection[str] = ()) -> None:
        self._config = config
        self.failed = frozenset(failed)

    @cached_property
    def config(self) -> Config:
        """The configuration, which may depend on what is asked for."""
        return self._config() if callable(self._config) else self._config

    def task(self, task: str) -> Task:
        """Return the task of that name."""
        return self._known(self.config.tasks, task, "task")

    def dataset(self, dataset: str) -> Dataset:
        """Return the dataset of that name."""
        return self._known(self.config.datasets, dataset, "dataset")

    def recipe(self, recipe: str) -> Recipe | None:
        """Return the recipe of that name, or none where it stands for no training."""
        if not self.is_trained(recipe):
            return None
        return self._known(self.config.recipes, recipe, "recipe")

    def criterion(self, method: str) -> CriterionChoice:
        """Return the criterion that a method's name stands for."""
        return self._known(self.config.criteria, method, "method")

    def scenario(self, scenario: str) -> Scenario:
        """Return the scenario of that name."""
        return self._known(self.config.scenarios, scenario, "scenario")

    def latency(self, task: str) -> Latency:
        """Return how the models of a task are timed."""
        self.task(task)
        return self.config.latency_of(task)

    def is_timed(self, task: str) -> bool:
        """Whether the models of a task are timed."""
        return not self.latency(task).skip

    def is_cut(self, method: str) -> bool:
        """Whether a method's cells start from a cut, and not from the dense model as it is."""
        return method != DENSE_FINETUNED

    def is_trained(self, recipe: str) -> bool:
        """Whether a recipe's cells are trained, and not handed on as they were cut."""
        return recipe != NO_TRAINING

    def is_fine_tuned(self, task: str) -> bool:
        """Whether a task's dense model is trained, and not taken as it comes."""
        return self.is_trained(self.task(task).recipe)

    def is_distilled(self, recipe: str) -> bool:
        """Whether the dense model teaches those that are trained by a recipe."""
        own = self.recipe(recipe)
        return own is not None and own.distillation is not None

    def limits(self, task: str | None, dataset: str | None = None) -> Cluster:
        """Return what a task's jobs ask a cluster for; a dataset's, the most that its tasks do."""
        if task is not None:
            return self.task(task).cluster
        tasks = (owner for owner in self.config.tasks.values() if owner.dataset == dataset)
        return max((t.cluster for t in tasks), key=lambda limits: limits.hours, default=Cluster())

    def wanted(self) -> list[str]:
        """Return what ``snakemake`` makes when no target is given."""
        return wanted_reports(self.config)

    def products(self, scenario: str, target: str) -> list[str]:
        """Return what a scenario's targets make: ``NAME`` all of it, ``NAME/answer`` its answer."""
        own = self.scenario(scenario)
        return products(scenario, own) if target == scenario else answer_files(scenario)

    def asked_for(self, targets: Collection[str]) -> list[str]:
        """Return the scenarios that ``targets`` name, or the config's own where all are wanted."""
        if not targets or "all" in targets:
            return self.config.wanted
        named = {target.removesuffix(ANSWER_TARGET) for target in targets}
        return [name for name in self.config.scenarios if name in named]

    def check_gpu_pool(self, gpus: int, most: int | None) -> None:
        """Raise ``BudamaError`` if a training job wants more GPUs than all jobs may use.

        Snakemake would only cut it down. ``gpus`` is how many each of its processes takes, ``most``
        how many there may be, or ``None`` if nothing limits that.
        """
        processes = self.config.compute.processes
        wanted = gpus * processes
        if most is not None and wanted > most:
            raise BudamaError(
                f"compute.processes is {processes}, each with a GPU of its own, and Snakemake may "
                f"use {most}: give it more with --resources gpu={wanted}, or set compute.processes "
                f"to {max(most, 1)} at most"
            )

    # The models of a report

    def cells(self, scenario: str) -> list[Cell]:
        """Return the cells that a scenario's report is of, without those that failed."""
        cells = cells_of(self.scenario(scenario))
        return [cell for cell in cells if cell.folder not in self.failed]

    def failed_cells(self, scenario: str) -> list[Cell]:
        """Return the cells that a scenario's report does without."""
        return [cell for cell in cells_of(self.scenario(scenario)) if cell.folder in self.failed]

    def models(self, scenario: str) -> list[dict[str, str | int]]:
        """Return each model of a report: its folder and its own columns in the summary."""
        name = self.scenario(scenario).task
        own = self.task(name)
        assert own.seed is not None  # filled in when the configuration is read
        dense = dense_row(name, own.recipe, own.seed)
        return [dense, *(cell.row() for cell in self.cells(scenario))]

    def models_with_cuts(self, scenario: str) -> list[dict[str, str | int]]:
        """Return each model of a report; those that were cut have the folder of the cut, too."""
        dense, *rows = self.models(scenario)
        cells = zip(self.cells(scenario), rows, strict=True)
        return [
            dense,
            *(
                row | {"pruned": cell.pruned} if self.is_cut(cell.method) else row
                for cell, row in cells
            ),
        ]

    def without_failed(
        self, scenarios: Iterable[str], left: Collection[str]
    ) -> tuple[list[str], set[str]]:
        """Return which reports can be written without files that are ``left`` to be made.

        Those of which only cells are left; the folders of these cells come second.
        """
        possible, lost = [], set()
        for name in scenarios:
            task = self.scenario(name).task
            shared = (f"{dense_folder(task)}/", f"{data_folder(task)}/", preflight_file(task))
            folders = {cell.folder for cell in unfinished(self.cells(name), left)}
            if folders and not any(file.startswith(shared) for file in left):
                possible.append(name)
                lost |= folders
        return possible, lost

    # Code

    def criterion_code(self, method: str) -> Path:
        """Return the file that defines a method's criterion."""
        return criterion_file(self.criterion(method))

    def network_code(self, task: str) -> list[Path]:
        """Return the file that defines a task's network, if it is one of the user's own."""
        model = self.task(task).model
        return [own_file(model)] if is_own(model) else []

    def scored_code(self, task: str, method: str) -> list[Path]:
        """Return what scores depend on: the network, and the criterion."""
        return [*self.network_code(task), self.criterion_code(method)]

    def cut_code(self, task: str, method: str, budget: str) -> list[Path]:
        """Return what only some cuts depend on: as scores do, and what times candidates."""
        timed = Budget.from_id(budget).kind == "latency"
        return [*self.scored_code(task, method), *([_file_of(TIMED_CUTS)] if timed else [])]

    def source_code(self, dataset: str) -> list[Path]:
        """Return the file that reads a dataset's format."""
        return [source_file(self.dataset(dataset))]

    # Files

    def audit(self, task: str) -> str:
        """Return what the audit of a task's dataset leaves."""
        return f"{dataset_folder(self.task(task).dataset)}/{AUDIT}"

    def cache(self, task: str) -> list[str]:
        """Return the cached images that a task reads, if it asks for them."""
        own = self.task(task)
        return [f"{cache_folder(own.dataset, own.cache)}/{CACHE}"] if own.cache else []

    def training_data(self, task: str, recipe: str) -> list[str]:
        """Return the images that a training job reads: none where nothing is trained.

        Raises ``BudamaError`` if its processes cannot share the batches of ``recipe``.
        """
        own = self.recipe(recipe)
        if own is None:
            return []
        check_shares(recipe, own, self.config.compute.processes)
        return [f"{data_folder(task)}/{SPLITS}", f"{data_folder(task)}/{MANIFEST}"]

    def dense_data(self, task: str) -> list[str]:
        """Return the images that the dense model is trained on, or looked at if it is not.

        Raises as ``training_data``.
        """
        self.training_data(task, self.task(task).recipe)
        return [f"{data_folder(task)}/{SPLITS}", f"{data_folder(task)}/{MANIFEST}"]

    def onnx(self, task: str, model: str) -> list[str]:
        """Return a model's ONNX files in the precisions that its task asks for, fp32 first."""
        files = onnx_files(self.latency(task).precisions)
        return [f"{task_folder(task)}/{model}/{file}" for file in files.values()]

    def dense_onnx(self, task: str) -> list[str]:
        """Return the dense model's ONNX files, fp32 first."""
        return self.onnx(task, DENSE)

    def costs(self, task: str, budget: str) -> list[str]:
        """Return the table of costs that a cut reads: one if its budget is timed.

        Raises ``BudamaError`` where the task's latency is not measured.
        """
        if not Budget.from_id(budget).reads_costs:
            return []
        if not self.is_timed(task):
            raise BudamaError(
                f"tasks.{task}: the budget {budget} is of measured time, and latency.skip leaves "
                "that out: take skip away, or choose another budget"
            )
        return [costs_file(task, self.latency(task).setting)]

    def timed_onnx(self, task: str, budget: str) -> list[str]:
        """Return the dense model's file that candidates for a budget in latency are timed with."""
        return [f"{dense_folder(task)}/{ONNX}"] if Budget.from_id(budget).kind == "latency" else []

    def summary(self, scenario: str) -> str:
        """Return a scenario's table."""
        return f"{report_folder(scenario)}/{SUMMARY}"

    def manifest(self, scenario: str) -> str:
        """Return what was prepared for a scenario's task."""
        return f"{data_folder(self.scenario(scenario).task)}/{MANIFEST}"

    def audit_of_scenario(self, scenario: str) -> str:
        """Return what the audit of a scenario's dataset leaves."""
        return self.audit(self.scenario(scenario).task)

    def measured(self, scenario: str) -> list[str]:
        """Return every file that the summary reads, model by model."""
        files = [DESCRIPTION, CURVE, EVALUATION, EXPORT]
        timed = [LATENCY] if self.is_timed(self.scenario(scenario).task) else []
        return self._of_each_model(scenario, *files, *timed)

    def predictions(self, scenario: str) -> list[str]:
        """Return the predictions of each model of a report."""
        return self._of_each_model(scenario, PREDICTIONS)

    def headline_onnx(self, scenario: str) -> list[str]:
        """Return the ONNX file of each model of a report that its headline figures are of."""
        return self._of_each_model(scenario, ONNX)

    def tables(self, scenario: str) -> list[str]:
        """Return every table that pictures are drawn from, beside the summary."""
        return self._of_each_model(scenario, CURVE, CLASSES) + self._of_each_cut(scenario, LAYERS)

    def repairs(self, scenario: str) -> list[str]:
        """Return what the repair of each cut of a report left to read."""
        return self._of_each_cut(scenario, REPAIR)

    def origin(self, scenario: str) -> list[str]:
        """Return what tells of machine, versions and times: the cells' and the dense model's."""
        task = self.scenario(scenario).task
        cells = [f"{cell.folder}/{PROVENANCE}" for cell in self.cells(scenario)]
        return cells + ([f"{dense_folder(task)}/{LATENCY}"] if self.is_timed(task) else [])

    def _known(self, table: Mapping[str, Kind], name: str, kind: str) -> Kind:
        if name not in table:
            left_out = ", ".join(map(scenario_file, self.config.left_out))
            hint = f"; left out, because of mistakes: {left_out}" if left_out else ""
            raise BudamaError(f"the config defines no {kind} '{name}'{hint}")
        return table[name]

    def _of_each_cut(self, scenario: str, file: str) -> list[str]:
        cut = [cell.pruned for cell in self.cells(scenario) if self.is_cut(cell.method)]
        return [f"{folder}/{file}" for folder in dict.fromkeys(cut)]

    def _of_each_model(self, scenario: str, *files: str) -> list[str]:
        return [f"{model['folder']}/{file}" for model in self.models(scenario) for file in files]


def _file_of(module: str) -> Path:
    """Return the file of a module of the library, which is not imported."""
    return Path(__file__).parents[2] / f"{module.replace('.', '/')}.py"
