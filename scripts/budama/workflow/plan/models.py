"""What models cost that are not made yet: the dense one is traced, the others follow from it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from budama.config.budget import Budget
from budama.config.cells import Cell
from budama.config.cut import NONE
from budama.config.places import WEIGHTS, dense_folder
from budama.config.schema import Task
from budama.models.figures import Figures
from budama.models.store import read_description
from budama.system.errors import BudamaError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Cost:
    """MACs of one image, and the bytes of the weights."""

    macs: float
    bytes: float


def dense_cost(name: str, task: Task, classes: int, root: Path) -> Cost:
    """Return the dense model's cost: as it was made under ``root``, or of random weights."""
    made = _made(root / dense_folder(name))
    if made is None:
        from budama.models.figures import figures

        made = figures(network_of(task, classes), task.image_size)
    return Cost(made.macs, made.size_bytes)


def network_of(task: Task, classes: int) -> "nn.Module":
    """Return a task's network with random weights."""
    from budama.models.architecture import build, settled

    architecture, options = settled(task.model, task.options, task.image_size)
    return build(architecture, classes, options)


def cell_cost(cell: Cell, dense: Cost, root: Path) -> Cost:
    """Return a cell's cost: as it was made, or what its budget leaves of the dense model.

    A share of the channels is cut on both sides of most layers: of MACs and weights, the square of
    the rest is left. That is exact for plain chains of convolutions and too little for networks
    in which couplings keep channels whole. A budget of MACs, parameters, size or
    latency says what is left of that, and the others are taken to shrink alike.
    """
    made = _made(root / cell.pruned) or _made(root / cell.folder)
    if made is not None:
        return Cost(made.macs, made.size_bytes)
    if cell.budget == NONE:
        return dense
    budget = Budget.from_id(cell.budget)
    left = (1 - budget.value) ** 2 if budget.kind == "channels" else budget.value
    return replace(dense, macs=dense.macs * left, bytes=dense.bytes * left)


def _made(folder: Path) -> Figures | None:
    try:
        return read_description(folder / WEIGHTS).figures
    except BudamaError:
        return None
