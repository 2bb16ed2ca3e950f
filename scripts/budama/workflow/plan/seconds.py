"""The seconds of work of one job, by its rule."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

from budama.config.cells import cells_of, onnx_files
from budama.config.cut import LOSS, NORMALISERS
from budama.config.places import dense_folder
from budama.config.recipe import NO_TRAINING, Recipe
from budama.config.schema import Config
from budama.criteria.registry import load_criterion
from budama.latency import profiling, stopwatch
from budama.pruning import loss
from budama.pruning.repair.norms import MOST_IMAGES
from budama.workflow.jobs import PlannedJob
from budama.workflow.plan.images import Images
from budama.workflow.plan.models import Cost, cell_cost
from budama.workflow.plan.rates import TRAINING, Rates

# A timed block is warmed up for about as long as it is measured.
_WARM = 2
# Tables of costs of ResNet50 and EfficientNets were made of 98 to 138 files, each of which is
# opened and run twice, with the profiler and without; then of six whole networks.
_FILES = 120
_OPENED = 0.15
_WHOLE = 6
# Preflights take 3 s with the smallest networks, 10 with ResNet50 and 15 with EfficientNet-B4
_TRIED = 10.0
# Of candidates for a budget in latency, so many are timed in short, and by the stage's rules
_SHORT, _THOROUGH = 4, 1.5


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

    def training(self, recipe: Recipe, cost: Cost) -> float:
        """Return the seconds of a recipe's epochs, validation and the one before the first."""
        teacher = self.dense.macs if recipe.distillation else 0
        step = self.rates.training
        each = cost.macs / step + teacher / self.rates.prediction
        epoch = self._with_loading(self.images.train, each)
        validation = self.predicting(self.images.validation, cost)
        return recipe.epochs * epoch + (recipe.epochs + 1) * validation

    def predicting(self, images: int, cost: Cost, times: float = 1) -> float:
        """Return the seconds of a pass over images, each of which costs ``times`` a prediction."""
        return self._with_loading(images, times * cost.macs / self.rates.prediction)

    def _with_loading(self, images: int, each: float) -> float:
        loading = 1 / self.rates.loading if self.rates.loading else 0.0
        return images * (max(each, loading) if self.overlap else each + loading)


class JobSeconds:
    """How long the jobs of one scenario take.

    Rules that compute have a line in the table at the end; any other takes no longer than its
    process starts.
    """

    def __init__(self, config: Config, scenario: str, basis: Basis, root: Path) -> None:
        own = config.scenarios[scenario]
        self._config, self._basis = config, basis
        self._task = config.tasks[own.task]
        self._latency = config.latency_of(own.task)
        self._costs = {dense_folder(own.task): basis.dense} | {
            folder: cell_cost(cell, basis.dense, root)
            for cell in cells_of(own)
            for folder in (cell.folder, cell.pruned)
        }

    def seconds(self, job: PlannedJob) -> float:
        """Return the seconds of a job, with the start of its process."""
        basis = self._basis
        with_torch = job.rule in _WITH_TORCH and not _hands_on(job)
        start = basis.start if with_torch else basis.start_light
        computing = _SECONDS.get(job.rule)
        return start + (computing(self, job) if computing else 0.0)

    def preflight(self, _job: PlannedJob) -> float:
        """Return the seconds of trying the network, most of which the exporter takes."""
        return _TRIED

    def dense(self, _job: PlannedJob) -> float:
        """Return the seconds of training the dense model, or of looking whether it is any good."""
        own = replace(self._basis, rates=self._basis.dense_rates)
        if self._task.recipe == NO_TRAINING:
            return own.predicting(own.images.validation, own.dense)
        return own.training(self._config.recipes[self._task.recipe], own.dense)

    def costs(self, _job: PlannedJob) -> float:
        """Return the seconds of profiling the dense model at many widths, and whole networks."""
        batch, rate = self._latency.batch_sizes[0], self._basis.rates.prediction
        once = batch * self._basis.dense.macs / rate
        least, most = (once * n for n in (profiling.LEAST_RUNS, profiling.MOST_RUNS))
        runs = min(max(profiling.SECONDS, least), most)
        return _FILES * 2 * (_OPENED + runs) + _WHOLE * self._in_short()

    def calibrate(self, job: PlannedJob) -> float:
        """Return the seconds of a criterion's passes over the calibration images."""
        criterion = load_criterion(self._config.criteria[job.wildcards["method"]])
        times = TRAINING if criterion.needs == "gradients" else 1
        images = self._basis.images.calibration
        return criterion.passes * self._basis.predicting(images, self._basis.dense, times)

    def prune(self, job: PlannedJob) -> float:
        """Return the seconds of a cut's repair and its accuracies; ``auto`` tries several cuts."""
        basis, cost = self._basis, self._cost(job)
        images, auto = basis.images, job.wildcards["normaliser"] == "auto"
        calibration = images.calibration
        # batch norms are measured in any case, for the figure; the refit goes twice through the
        # dense network and the cut one
        repair = basis.predicting(min(calibration, MOST_IMAGES), cost)
        if job.wildcards["repair"] == "refit":
            repair += 2 * sum(basis.predicting(calibration, each) for each in (basis.dense, cost))
        if auto:
            repair = len(NORMALISERS) * (repair + basis.predicting(images.selection, cost))
        if auto or job.wildcards["normaliser"] == LOSS:
            repair += basis.predicting(min(calibration, loss.MOST_IMAGES), basis.dense, TRAINING)
        timed = self._candidates() if job.wildcards["budget"].startswith("latency") else 0.0
        return repair + timed + 3 * basis.predicting(images.validation, cost)

    def finetune(self, job: PlannedJob) -> float:
        """Return the seconds of training a cell, if it is trained."""
        if _hands_on(job):
            return 0.0
        return self._basis.training(self._config.recipes[job.wildcards["recipe"]], self._cost(job))

    def export(self, job: PlannedJob) -> float:
        """Return the seconds of comparing the exported model with its original on one batch."""
        return self._basis.predicting(self._task.batch_size, self._cost(job))

    def evaluate(self, job: PlannedJob) -> float:
        """Return the seconds of predicting the test images with torch and each ONNX file."""
        models = 1 + len(onnx_files(self._latency.precisions))
        return self._basis.predicting(self._basis.images.test, self._cost(job), models)

    def timing(self, _job: PlannedJob) -> float:
        """Return the seconds of timing two models by turns."""
        return self._timed(len(self._latency.batch_sizes) * len(self._latency.precisions))

    def _candidates(self) -> float:
        return _SHORT * self._in_short() + _THOROUGH * self._timed(1)

    def _in_short(self) -> float:
        """Return the seconds in which a network is timed on the way to a cut."""
        return self._timed(1, stopwatch.SHORT["processes"], stopwatch.SHORT["seconds"])

    def _timed(self, pairs: int, processes: float = inf, seconds: float = inf) -> float:
        """Return the seconds of timing ``pairs`` of files, each limited to so much."""
        own = self._latency
        once = _WARM * 2 * pairs * min(own.seconds, seconds) + self._basis.start_light
        return min(own.processes, processes) * once

    def _cost(self, job: PlannedJob) -> Cost:
        """Return the cost of the model that a job makes or reads: it stands in its folder."""
        return self._costs[str(Path(job.outputs[0]).parent)]


def _hands_on(job: PlannedJob) -> bool:
    """Whether a job only hands a pruned model on, because its cell is not trained."""
    return job.rule == "finetune" and job.wildcards["recipe"] == NO_TRAINING


_SECONDS: dict[str, Callable[[JobSeconds, PlannedJob], float]] = {
    "preflight": JobSeconds.preflight,
    "dense": JobSeconds.dense,
    "costs": JobSeconds.costs,
    "calibrate": JobSeconds.calibrate,
    "prune": JobSeconds.prune,
    "finetune": JobSeconds.finetune,
    "export": JobSeconds.export,
    "evaluate": JobSeconds.evaluate,
    "selftest": JobSeconds.timing,
    "latency": JobSeconds.timing,
}
# Those that import torch, which takes longer than most of what they do
_WITH_TORCH = {
    *("preflight", "dense", "costs", "calibrate", "prune", "finetune", "export", "convert"),
    "evaluate",
}
