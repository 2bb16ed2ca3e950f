"""The bytes that a scenario takes under ``results``."""

from dataclasses import dataclass
from pathlib import Path

from budama.config.cells import CONVERTED, Cell, cells_of
from budama.config.cut import NONE
from budama.config.recipe import NO_TRAINING
from budama.config.schema import Config
from budama.workflow.plan.images import Images
from budama.workflow.plan.models import Cost, cell_cost

_BYTES_PER_PREDICTION = 24
# The shares of the weights' bytes that the ONNX files take
_ONNX = {"fp32": 1.0, "fp16": 0.5, "int8": 0.25}
_GRAPH = 2**20  # an ONNX file's graph, a card and tables


@dataclass(frozen=True)
class Disk:
    """Bytes that stay, and those of the training states that there are at most at one time."""

    stays: float
    training: float


def disk_of(
    config: Config, name: str, images: Images, dense: Cost, at_once: int, root: Path
) -> Disk:
    """Return what the models of a scenario take; caches of images are told by ``doctor``.

    A training state holds the weights, the best ones so far, their moving average where there is
    one, and two more per weight for the optimizer.
    """
    scenario = config.scenarios[name]
    cells = cells_of(scenario)
    precisions = {"fp32", *config.latency_of(scenario.task).precisions} & {"fp32", *CONVERTED}
    onnx = sum(_ONNX[precision] for precision in precisions)
    measured = images.test * _BYTES_PER_PREDICTION + _GRAPH

    def model(cost: Cost) -> float:
        return (1 + onnx) * cost.bytes + measured

    cut: dict[str, Cell] = {cell.pruned: cell for cell in cells if cell.budget != NONE}
    stays = model(dense) + sum(model(cell_cost(cell, dense, root)) for cell in cells)
    stays += sum(cell_cost(cell, dense, root).bytes for cell in cut.values())
    trained = [config.recipes[name] for name in scenario.recipe if name != NO_TRAINING]
    average = any(recipe.ema for recipe in trained)
    return Disk(stays, at_once * (5 if average else 4) * dense.bytes)
