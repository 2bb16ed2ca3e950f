"""The jobs of a scenario, stage by stage: how many, how many are made, what is left to compute."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from budama.config.cells import CONVERTED, NO_CUT, Cell, cells_of
from budama.config.latency import Latency
from budama.config.places import dense_folder
from budama.config.recipe import Recipe
from budama.config.schema import Config, Scenario
from budama.criteria.registry import load_criterion
from budama.workflow.plan.images import Images
from budama.workflow.plan.models import Cost, cell_cost
from budama.workflow.plan.rates import TRAINING, Rates

# A timed block is warmed up for about as long as it is measured.
_WARM = 2


@dataclass(frozen=True)
class Job:
    """One job: the file that it leaves, and its seconds of work without the start of a process."""

    file: Path
    seconds: float


@dataclass(frozen=True)
class Stage:
    """The jobs of one stage.

    ``alone`` says that they have the machine to themselves, ``light`` that they need no torch.
    """

    name: str
    jobs: tuple[Job, ...]
    alone: bool = False
    light: bool = False

    @property
    def left(self) -> list[Job]:
        """The jobs whose file is not there yet."""
        return [job for job in self.jobs if not job.file.is_file()]


@dataclass(frozen=True)
class Basis:
    """What the seconds of a scenario's jobs follow from.

    ``dense_rates`` are those of the job that trains the dense model, which may have more threads.
    ``start`` are the seconds in which a job imports its libraries, ``start_light`` those of a job
    without torch; ``overlap`` says whether images are loaded beside the work.
    """

    images: Images
    dense: Cost
    rates: Rates
    dense_rates: Rates
    start: float
    start_light: float
    overlap: bool

    def whole(self, stage: Stage, job: Job) -> float:
        """Return a job's seconds with the start of its process."""
        return job.seconds + (self.start_light if stage.light else self.start)

    def training(self, recipe: Recipe, cost: Cost) -> float:
        """Return the seconds of a recipe's epochs, validation and the one before the first."""
        teacher = self.dense.macs if recipe.distillation else 0
        step = self.rates.training
        each = cost.macs / step + teacher / self.rates.prediction
        epoch = self._with_loading(self.images.train, each)
        validation = self.predicting(self.images.validation, cost)
        recalibration = recipe.recalibrate * recipe.batch_size * cost.macs / self.rates.prediction
        return recipe.epochs * epoch + (recipe.epochs + 1) * validation + recalibration

    def predicting(self, images: int, cost: Cost, times: float = 1) -> float:
        """Return the seconds of a pass over images, each of which costs ``times`` a prediction."""
        return self._with_loading(images, times * cost.macs / self.rates.prediction)

    def _with_loading(self, images: int, each: float) -> float:
        loading = 1 / self.rates.loading if self.rates.loading else 0.0
        return images * (max(each, loading) if self.overlap else each + loading)


def stages_of(config: Config, name: str, basis: Basis, root: Path) -> list[Stage]:
    """Return the stages of a scenario in their order, with the files under ``root``."""
    scenario = config.scenarios[name]
    task, latency = config.tasks[scenario.task], config.latency_of(scenario.task)
    cells = cells_of(scenario)
    cut = _once(cell for cell in cells if cell.budget != NO_CUT)
    costs = {cell: cell_cost(cell, basis.dense, root) for cell in cells}
    dense = root / dense_folder(scenario.task)
    models = {dense: basis.dense} | {root / cell.folder: costs[cell] for cell in cells}
    precisions = 1 + len({*latency.precisions} & {*CONVERTED})
    timing = _timing(latency, basis.start_light)

    def each(file: str, seconds: Callable[[Cost], float]) -> tuple[Job, ...]:
        return tuple(Job(folder / file, seconds(cost)) for folder, cost in models.items())

    stages = [
        Stage("prepare", (Job(dense.parent / "data/manifest.json", 0.0),), light=True),
        Stage(
            "dense",
            (
                Job(
                    dense / "model.json",
                    replace(basis, rates=basis.dense_rates).training(
                        config.recipes[task.recipe], basis.dense
                    ),
                ),
            ),
            alone=True,
        ),
        Stage("calibrate", tuple(_calibrations(config, scenario, basis, root))),
        Stage("prune", tuple(Job(root / cell.pruned / "model.json", 0.0) for cell in cut)),
        Stage(
            "finetune",
            tuple(
                Job(
                    root / cell.folder / "model.json",
                    basis.training(config.recipes[cell.recipe], costs[cell]),
                )
                for cell in cells
            ),
        ),
        Stage("export", each("export.json", lambda cost: basis.predicting(task.batch_size, cost))),
        Stage(
            "evaluate",
            each(
                "evaluation.json",
                lambda cost: basis.predicting(basis.images.test, cost, 1 + precisions),
            ),
        ),
        Stage(
            "latency",
            () if latency.skip else each("latency.json", lambda _: timing),
            alone=True,
            light=True,
        ),
        Stage(
            "card", tuple(Job(root / cell.folder / "README.md", 0.0) for cell in cells), light=True
        ),
        Stage(
            "report",
            tuple(
                Job(root / f"results/reports/{name}" / file, 0.0)
                for file in ("summary.csv", "pictures/pictures.json", "report.html")
            ),
            light=True,
        ),
    ]
    return [stage for stage in stages if stage.jobs]


def _once(cells: Iterable[Cell]) -> list[Cell]:
    """Return one cell for each cut: recipes share it."""
    return list({cell.pruned: cell for cell in cells}.values())


def _calibrations(config: Config, scenario: Scenario, basis: Basis, root: Path) -> Iterator[Job]:
    methods = dict.fromkeys(c.method for c in cells_of(scenario) if c.budget != NO_CUT)
    for method in methods:
        criterion = load_criterion(config.criteria[method])
        times = TRAINING if criterion.needs == "gradients" else 1
        seconds = criterion.passes * basis.predicting(basis.images.calibration, basis.dense, times)
        file = root / f"results/tasks/{scenario.task}/scores/{method}.json"
        yield Job(file, seconds)


def _timing(latency: Latency, start: float) -> float:
    measured = 2 * latency.seconds * len(latency.batch_sizes) * len(latency.precisions)
    return latency.processes * (_WARM * measured + start)
