"""Cells: the models a scenario compares, and where each one's files stand under ``results``."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from budama.config.places import (
    CARD,
    COMPARISONS,
    LANGUAGES,
    PAGE,
    RESULTS_TABLE,
    SUMMARY,
    dense_folder,
    markdown_page,
    onnx_file,
    report_folder,
    task_folder,
)
from budama.config.recipe import NO_TRAINING
from budama.config.schema import DENSE, DENSE_FINETUNED, NOT_APPLICABLE, Config, Scenario

NO_CUT = "none"
# Precisions that have a file of their own; tf32 is a way to run the fp32 one.
CONVERTED = ("fp16", "int8")


@dataclass(frozen=True)
class Cell:
    """One fine-tuned model of a task: method x scope x budget x recipe x seed.

    The control ``dense-finetuned`` is not cut: its scope and budget are ``none``.
    """

    task: str
    method: str
    scope: str
    budget: str
    recipe: str
    seed: int

    @property
    def pruned(self) -> str:
        """The folder of the model right after the cut, which recipes share."""
        return (
            f"{task_folder(self.task)}/pruned/"
            f"{self.method}/{self.scope}/{self.budget}/seed{self.seed}"
        )

    @property
    def folder(self) -> str:
        """The folder of the fine-tuned model and of all that is measured on it."""
        return (
            f"{task_folder(self.task)}/cells/"
            f"{self.method}/{self.scope}/{self.budget}/{self.recipe}/seed{self.seed}"
        )

    @property
    def label(self) -> str:
        """The cell as one word: the name of its logs."""
        return f"{self.method}-{self.scope}-{self.budget}-{self.recipe}-seed{self.seed}"

    def row(self) -> dict[str, str | int]:
        """Return the cell's folder and its own columns in ``summary.csv``."""
        cut = self.method != DENSE_FINETUNED
        return {
            "folder": self.folder,
            "method": self.method,
            "scope": self.scope if cut else NOT_APPLICABLE,
            "budget": self.budget if cut else NOT_APPLICABLE,
            "recipe": self.recipe,
            "seed": self.seed,
        }


def unfinished(cells: Iterable[Cell], files: Iterable[str]) -> list[Cell]:
    """Return those of ``cells`` that own one of ``files``: outputs that have not been made."""
    left = list(files)
    return [
        cell
        for cell in cells
        if any(file.startswith((f"{cell.folder}/", f"{cell.pruned}/")) for file in left)
    ]


def dense_row(task: str, recipe: str, seed: int) -> dict[str, str | int]:
    """Return the dense model's folder and own columns in ``summary.csv``."""
    return {
        "folder": dense_folder(task),
        "method": DENSE,
        "scope": NOT_APPLICABLE,
        "budget": NOT_APPLICABLE,
        "recipe": recipe,
        "seed": seed,
    }


def cells_of(scenario: Scenario) -> list[Cell]:
    """Return the scenario's cells in the order of its report.

    Every method is cut at every scope and budget and recovers by every recipe; the control
    ``random`` is cut at the first scope, where scopes differ least for it, and every budget; the
    dense control exists once per recipe that trains. Methods named twice count once.
    """
    return list(dict.fromkeys(_cells(scenario)))


def _cells(scenario: Scenario) -> Iterator[Cell]:
    for seed, recipe in product(scenario.seeds, scenario.recipe):
        if DENSE_FINETUNED in scenario.controls and recipe != NO_TRAINING:
            yield Cell(scenario.task, DENSE_FINETUNED, NO_CUT, NO_CUT, recipe, seed)
        for budget, scope in product(scenario.budgets, scenario.scopes):
            random = ["random"] if "random" in scenario.controls else []
            controls = random if scope == scenario.scopes[0] else []
            for method in [*controls, *scenario.methods]:
                yield Cell(scenario.task, method, scope, budget.id, recipe, seed)


def onnx_files(precisions: Iterable[str]) -> dict[str, str]:
    """Return the names of a model's ONNX files by their precision, fp32 first."""
    wanted = set(precisions)
    return {
        name: onnx_file(name) for name in ("fp32", *CONVERTED) if name == "fp32" or name in wanted
    }


def wanted_reports(config: Config) -> list[str]:
    """Return what ``snakemake`` makes when no target is given."""
    return [file for name in config.wanted for file in products(name, config.scenarios[name])]


def products(name: str, scenario: Scenario) -> list[str]:
    """Return what a scenario's target makes: its reports, and a model card for each cell."""
    reports = [f"{report_folder(name)}/{file}" for file in REPORT_FILES]
    return reports + [f"{cell.folder}/{CARD}" for cell in cells_of(scenario)]


REPORT_FILES = (SUMMARY, RESULTS_TABLE, COMPARISONS, *map(markdown_page, LANGUAGES), PAGE)
