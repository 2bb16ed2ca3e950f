"""A scenario's time and disk, and what the figures follow from."""

import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import torch

from budama.config.cells import cells_of
from budama.config.places import data_folder, log_file
from budama.config.recipe import NO_TRAINING, Recipe
from budama.config.schema import Config
from budama.system.job.device import Execution
from budama.system.machine.processors import usable_cores
from budama.workflow.jobs import PlannedJob, parallel_jobs
from budama.workflow.plan.disk import Disk, disk_of
from budama.workflow.plan.images import Images, count_images
from budama.workflow.plan.loading import loading_rate
from budama.workflow.plan.models import Cost, cell_cost, dense_cost, network_of
from budama.workflow.plan.rates import Log, Rates, logged, measure, told
from budama.workflow.plan.seconds import Basis, JobSeconds
from budama.workflow.plan.stages import StageJobs, stages_of


@dataclass(frozen=True)
class Estimate:
    """What is printed of a scenario; ``at_once`` is how many jobs run beside each other."""

    scenario: str
    basis: Basis
    stages: list[StageJobs]
    disk: Disk
    at_once: int

    def seconds(self, *, left: bool) -> float:
        """Return the time until the end, for all jobs or for those that are left."""
        return sum(self.stage_seconds(stage, left=left) for stage in self.stages)

    def stage_seconds(self, stage: StageJobs, *, left: bool) -> float:
        """Return the time of a stage, its jobs spread over those that run at once."""
        jobs = stage.left if left else stage.jobs
        return sum(jobs) / (1 if stage.alone else min(self.at_once, max(1, len(jobs))))


def estimate(
    config: Config, name: str, jobs: Iterable[PlannedJob], root: Path, gpus: int | None = None
) -> Estimate:
    """Return the estimate of scenario ``name`` from its ``jobs``; its results are under ``root``.

    ``gpus`` is how many Snakemake may use at once, or ``None`` if that is not limited.
    Raises ``BudamaError`` if its images cannot be counted.
    """
    task_name = config.scenarios[name].task
    task = config.tasks[task_name]
    images = count_images(config, task_name, root)
    dense = dense_cost(task_name, task, images.classes, root)
    at_once = config.plan.jobs or _jobs_at_once(config, gpus)
    basis = Basis(
        images,
        dense,
        *_rates(config, name, images, dense, root),
        _seconds_to_start("timm, torchvision, pandas, onnxruntime", at_once),
        _seconds_to_start("pandas, onnxruntime", 1),
        config.compute.workers > 0,
    )
    stages = stages_of(jobs, JobSeconds(config, name, basis, root).seconds)
    disk = disk_of(config, name, images, dense, at_once, root)
    return Estimate(name, basis, stages, disk, at_once)


def _rates(
    config: Config, scenario: str, images: Images, dense: Cost, root: Path
) -> tuple[Rates, Rates]:
    """Return the rates of the cells' jobs and of the dense model's."""
    given = told(config.plan)
    if given is not None:
        return given, given
    name = config.scenarios[scenario].task
    task, compute = config.tasks[name], config.compute
    recipe = training_recipe(config, scenario)
    of_dense = logged(
        Log(root / log_file(name, "dense"), _logged_batch(recipe), dense.macs)
        for _ in range(task.recipe != NO_TRAINING)
    )
    of_cells = logged(
        Log(
            root / log_file(name, "finetune", cell.label),
            _logged_batch(config.recipes[cell.recipe]),
            cell_cost(cell, dense, root).macs,
        )
        for cell in cells_of(config.scenarios[scenario])
        if cell.recipe != NO_TRAINING
    )
    on_cpu = _device(config) == "cpu"
    alike = not on_cpu or compute.threads.dense == compute.threads.cell
    loading = (
        _loading(config, name, recipe, root) if not (of_dense and (of_cells or alike)) else None
    )

    def measured(threads: int) -> Rates:
        network = network_of(task, images.classes)
        execution = Execution(compute.device, threads)
        rates = measure(
            network, dense.macs, task.image_size, _logged_batch(recipe), execution, recipe.precision
        )
        devices = 1 if on_cpu else compute.processes
        return replace(rates, training=devices * rates.training, loading=loading)

    cells = of_cells or (of_dense if alike else None) or measured(compute.threads.cell)
    return cells, of_dense or (cells if alike else measured(compute.threads.dense))


def training_recipe(config: Config, scenario: str) -> Recipe:
    """Return the first recipe that a scenario trains with, the dense model's before the cells'."""
    own = config.scenarios[scenario]
    names = [config.tasks[own.task].recipe, *own.recipe]
    trained = [config.recipes[name] for name in names if name != NO_TRAINING]
    return trained[0] if trained else Recipe(epochs=1, learning_rate=1e-3)


def _logged_batch(recipe: Recipe) -> int:
    """Return the images of what is trained on at a time, and what a log counts: a batch's part."""
    return recipe.batch_size // recipe.accumulate


def _loading(config: Config, name: str, recipe: Recipe, root: Path) -> float | None:
    told_rate = config.plan.images_per_second
    return told_rate or loading_rate(config, name, recipe, root / data_folder(name))


def _jobs_at_once(config: Config, gpus: int | None) -> int:
    found = torch.cuda.device_count() if _device(config) == "cuda" else 0
    return parallel_jobs(config.compute, usable_cores(), min(found, gpus or found))


def _device(config: Config) -> str:
    return "cuda" if config.compute.device != "cpu" and torch.cuda.is_available() else "cpu"


@cache
def _seconds_to_start(modules: str, at_once: int) -> float:
    """Time what every job begins with: new processes, no more than cores, import libraries."""
    start = time.perf_counter()
    command = [sys.executable, "-c", f"import {modules}"]
    for process in [subprocess.Popen(command) for _ in range(min(at_once, usable_cores()))]:
        process.wait()
    return time.perf_counter() - start
