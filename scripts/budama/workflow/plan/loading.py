"""How fast one job loads images."""

import time
from itertools import islice
from pathlib import Path

from budama.config.recipe import Recipe
from budama.config.schema import Config, Task
from budama.data.layout import MANIFEST
from budama.data.loading import training_batches
from budama.data.order import EpochOrder
from budama.data.prepared import PreparedData
from budama.data.sources import open_source
from budama.models.preprocessing import Input
from budama.system.errors import BudamaError

_BATCHES = 4
_SOME = 1024  # images, from anywhere in the set


def loading_rate(config: Config, name: str, recipe: Recipe, data: Path) -> float | None:
    """Return the images per second that a job loads; ``None`` if the dataset is not there.

    A few batches of training images are read, decoded and augmented: prepared in ``data``, or
    else some of the dataset as it is.
    """
    task = config.tasks[name]
    try:
        prepared = _open(config, task, data)
    except BudamaError:
        return None
    size = task.image_size
    spec = Input(size=size, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1.0)
    rows = prepared.rows("train")
    blocks = prepared.source.blocks(rows)
    size_of_batch = min(recipe.batch_size, len(rows))
    order = EpochOrder(len(rows), size_of_batch, task.seed or 0, blocks=blocks)
    workers = config.compute.workers
    batches = iter(training_batches(prepared, spec, recipe.augment, order, workers))
    next(batches)  # workers start
    start = time.perf_counter()
    images = sum(len(labels) for _, labels in islice(batches, _BATCHES))
    return images / (time.perf_counter() - start) if images else None


def _open(config: Config, task: Task, data: Path) -> PreparedData:
    if (data / MANIFEST).is_file():
        return PreparedData.open(data)
    source = open_source(config.datasets[task.dataset])
    source.check()
    classes, images, _ = source.listing()
    some = images[images["part"] == "train"]
    if source.blocks(some) is None:  # else what lies together is read together in training, too
        some = some.sample(frac=1, random_state=0)
    some = some.head(_SOME)
    return PreparedData(source, some.assign(split="train"), classes)
