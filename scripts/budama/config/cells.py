"""Cells: the models a scenario compares, and where each one's files stand under ``results``."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from budama.config.cut import NONE, normaliser_in
from budama.config.places import (
    ANSWER,
    CARD,
    COMPARISONS,
    LANGUAGES,
    ONNX,
    PAGE,
    RESULTS_TABLE,
    SUMMARY,
    answer_folder,
    dense_folder,
    markdown_page,
    onnx_file,
    report_folder,
    task_folder,
)
from budama.config.recipe import NO_TRAINING
from budama.config.schema import (
    DENSE,
    DENSE_FINETUNED,
    NOT_APPLICABLE,
    ChosenPart,
    Config,
    Scenario,
)

# What a model that was not cut has of the columns in ``summary.csv``
_NOT_CUT = dict.fromkeys(("scope", "budget", "normaliser", "repair"), NOT_APPLICABLE)
# Precisions that have a file of their own; tf32 is a way to run the fp32 one.
CONVERTED = ("fp16", "int8")


@dataclass(frozen=True)
class Cell:
    """One model of a task: what is cut, and how, its repair, its recipe and its seed.

    The control ``dense-finetuned`` is not cut: its scope, normaliser, budget and repair are
    ``none``. So is the normaliser of the layer scope.
    """

    task: str
    method: str
    scope: str
    normaliser: str
    budget: str
    repair: str
    recipe: str
    seed: int

    @property
    def _cut(self) -> tuple[str, ...]:
        return self.method, self.scope, self.normaliser, self.budget, self.repair

    @property
    def pruned(self) -> str:
        """The folder of the cut and repaired model, which recipes share."""
        return f"{task_folder(self.task)}/pruned/{'/'.join(self._cut)}/seed{self.seed}"

    @property
    def folder(self) -> str:
        """The folder of the model and of all that is measured on it."""
        own = "/".join((*self._cut, self.recipe))
        return f"{task_folder(self.task)}/cells/{own}/seed{self.seed}"

    @property
    def label(self) -> str:
        """The cell as one word: the name of its logs."""
        return "-".join((*self._cut, self.recipe, f"seed{self.seed}"))

    @property
    def cut_label(self) -> str:
        """The cell's cut as one word."""
        return "-".join((*self._cut, f"seed{self.seed}"))

    def row(self) -> dict[str, str | int]:
        """Return the cell's folder and its own columns in ``summary.csv``."""
        cut = {
            "scope": self.scope,
            "budget": self.budget,
            "normaliser": self.normaliser if self.normaliser != NONE else NOT_APPLICABLE,
            "repair": self.repair,
        }
        return {
            "folder": self.folder,
            "method": self.method,
            **(cut if self.method != DENSE_FINETUNED else _NOT_CUT),
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
        **_NOT_CUT,
        "recipe": recipe,
        "seed": seed,
    }


def cells_of(scenario: Scenario) -> list[Cell]:
    """Return the scenario's cells in the order of its report.

    In each of its parts, every method is cut at every scope and budget, by every normaliser in the
    global scope, gets every repair and recovers by every recipe. So does the control ``random``, at
    the first scope only, because scopes differ least for it; the dense control exists once per
    recipe that trains. What is named twice counts once.
    """
    return list(dict.fromkeys(_cells(scenario)))


def parts_by_cell(scenario: Scenario) -> dict[Cell, str]:
    """Return the title of the part that each cut cell belongs to: of the first that has it."""
    found: dict[Cell, str] = {}
    for seed, part in product(scenario.seeds, scenario.parts):
        for recipe in part.recipe if part.title else ():
            for cell in _cells_of_part(scenario.task, part, recipe, seed):
                if cell.method != DENSE_FINETUNED:
                    found.setdefault(cell, part.title)
    return found


def _cells(scenario: Scenario) -> Iterator[Cell]:
    for seed, part in product(scenario.seeds, scenario.parts):
        for recipe in part.recipe:
            yield from _cells_of_part(scenario.task, part, recipe, seed)


def _cells_of_part(task: str, part: ChosenPart, recipe: str, seed: int) -> Iterator[Cell]:
    if DENSE_FINETUNED in part.controls and recipe != NO_TRAINING:
        yield Cell(task, DENSE_FINETUNED, NONE, NONE, NONE, NONE, recipe, seed)
    for budget, repair, scope, normaliser in product(
        part.budgets, part.repair, part.scopes, part.normaliser
    ):
        random = ["random"] if "random" in part.controls else []
        controls = random if scope == part.scopes[0] else []
        normalised = normaliser_in(scope, normaliser)
        for method in [*controls, *part.methods]:
            cut = (method, scope, normalised, budget.id, repair)
            yield Cell(task, *cut, recipe, seed)


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
    """Return what a scenario's target makes: its reports and answer, and a card for each cell."""
    reports = [f"{report_folder(name)}/{file}" for file in REPORT_FILES]
    cards = [f"{cell.folder}/{CARD}" for cell in cells_of(scenario)]
    return reports + answer_files(name) + cards


def answer_files(name: str) -> list[str]:
    """Return the files of a scenario's answer."""
    return [f"{answer_folder(name)}/{file}" for file in (ONNX, CARD, ANSWER)]


REPORT_FILES = (SUMMARY, RESULTS_TABLE, COMPARISONS, *map(markdown_page, LANGUAGES), PAGE)
