"""Whether the machine is what the config's ``compute`` and the recipes ask for."""

import os
import shutil
from importlib.util import find_spec

from budama.config.recipe import NO_TRAINING
from budama.config.schema import Config, Task
from budama.workflow.doctor.findings import Able, Finding, cannot, fine, listed, note
from budama.workflow.doctor.users import told_to, users_of
from budama.workflow.jobs import parallel_jobs

AREA = "compute"
_COMPILERS = ("g++", "c++", "clang++")
_PREFETCHED = 2  # batches that each of torch's loader processes holds ready


def compute_findings(config: Config, able: Able) -> list[Finding]:
    """Compare the config's ``compute`` and its recipes with what the machine is able to do."""
    return [
        _device(config, able),
        *_processes(config, able),
        *_threads(config, able),
        *_loaders(config, able),
        *_tensorboard(config),
        *_compilers(config),
    ]


def jobs_at_once(config: Config, able: Able) -> int:
    """Return how many jobs Snakemake runs beside each other if it is given all cores."""
    # in profiles/default they take turns on one GPU, however many there are
    return parallel_jobs(config.compute, able.cores, min(able.gpus, 1))


def images_in_flight(config: Config, jobs: int) -> int:
    """Return how many bytes of images ``jobs`` jobs' loader processes may hold at once."""
    largest = max(3 * task.batch_size * task.image_size**2 for task in _wanted_tasks(config))
    return _PREFETCHED * config.compute.workers * jobs * largest


def _wanted_tasks(config: Config) -> list[Task]:
    return [config.tasks[config.scenarios[name].task] for name in config.wanted]


def _device(config: Config, able: Able) -> Finding:
    device = config.compute.device
    if device == "cuda" and not able.gpus:
        return cannot(
            AREA,
            "compute.device is cuda, and torch computes on no GPU here",
            "set compute.device to auto or cpu",
        )
    place = f"{able.gpus} GPU(s)" if able.gpus and device != "cpu" else "the CPU"
    return fine(AREA, f"compute.device is {device}: {place}")


def _processes(config: Config, able: Able) -> list[Finding]:
    wanted = config.compute.processes
    device = config.compute.device
    if wanted == 1 or (device != "cpu" and wanted <= able.gpus):
        return []
    if device == "cuda" or (device == "auto" and able.gpus):
        seen = f"compute.processes is {wanted}, and torch computes on {able.gpus} GPU(s)"
        return [cannot(AREA, seen, f"set compute.processes to {max(able.gpus, 1)} at most")]
    advice = "set compute.processes to 1 where there is no GPU"
    return [note(AREA, f"{wanted} processes train one model on the same CPU", advice)]


def _threads(config: Config, able: Able) -> list[Finding]:
    keys = config.compute.threads.model_dump(exclude={"audit"})  # counts on a cluster alone
    above = [f"compute.threads.{key} is {n}" for key, n in keys.items() if n > able.cores]
    if not above:
        return []
    seen = f"{listed(above)}, and {able.cores} core(s) may be used"
    return [note(AREA, seen, "Snakemake gives no job more than --cores")]


def _loaders(config: Config, able: Able) -> list[Finding]:
    """Return whether a GPU will wait for images that the training process decodes by itself."""
    datasets = {task.dataset for task in _wanted_tasks(config)}
    decoding = sorted(d for d in datasets if config.datasets[d].format != "fashion-mnist")
    on_gpu = able.gpus and config.compute.device != "cpu"
    if not (on_gpu and decoding) or config.compute.workers:
        return []
    seen = f"compute.workers is 0: the training process decodes the images of {listed(decoding)}"
    number = max(1, able.cores // able.gpus - 1)
    return [note(AREA, seen, f"set compute.workers to {number}, so that the GPU need not wait")]


def _tensorboard(config: Config) -> list[Finding]:
    if not config.compute.tensorboard or find_spec("tensorboard"):
        return []
    advice = "uv pip install tensorboard, or turn it off"
    return [cannot(AREA, "compute.tensorboard is on, and TensorBoard is not installed", advice)]


def _compilers(config: Config) -> list[Finding]:
    """Return which recipes ask for ``torch.compile`` where no C++ compiler is."""
    known = [os.environ["CXX"]] if os.environ.get("CXX") else []
    if any(shutil.which(name) for name in (*known, *_COMPILERS)):
        return []
    recipes = users_of(config, lambda s: [config.tasks[s.task].recipe, *s.recipe])
    return [
        finding
        for name, users in recipes.items()
        if name != NO_TRAINING and config.recipes[name].compile
        for finding in told_to(config, users, [_no_compiler(name)])
    ]


def _no_compiler(recipe: str) -> Finding:
    seen = f"{recipe} has compile: true, and there is no C++ compiler"
    return cannot("recipes", seen, "install g++, or set compile to false")
