"""Every layout of data beside ``folder``: ``make bench-sources`` writes it into docs/data.md."""

import argparse
import hashlib
import os
import statistics
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pandas as pd
import torch

from budama.config.data import Calibration, Dataset
from budama.config.recipe import Augment, Recipe
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.data.loading import Batches, evaluation_batches, training_batches
from budama.data.order import EpochOrder
from budama.data.prepared import PreparedData
from budama.data.sources import parquet
from budama.models.architecture import build
from budama.models.preprocessing import Input
from budama.pruning.graph import PruningGraph
from budama.system.errors import BudamaError
from budama.system.job.device import Execution
from budama.training.engine import TrainingJob, train
from tests.inputs import prepared
from tests.layouts import as_parquet, in_every_layout, write_photographs
from tools.benchmarks.page import write_section
from tools.benchmarks.timing import seconds

CLASSES = [f"class-{number}" for number in range(10)]
SIZE = (500, 375)  # that most images of ImageNet have
FEW_BYTES = (
    3 * 2**23
)  # of the row groups in a process, where Parquet files are to be larger than that
WINDOWS, SORTED = "parquet, in windows", "parquet, too large and sorted"
PIXELS, BATCH = 224, 64
SPEED = """\
Images per second of each layout over those of `folder`, in training: read, decoded, cropped,
mirrored and collated into batches of {batch}, {pixels} pixels. {number:,} JPEGs of {width} x
{height} pixels, which the system keeps in memory; {rounds} epochs of each layout by turns, with 0,
1 and 2 loader processes (`compute.workers`). The figures are medians of the rounds' ratios, and in
brackets images per second. *In windows* is the order of Parquet files that are too large for a
process: here it keeps {few} MiB of row groups. *Sorted* are such files with the rows of one class
after those of another, of which windows would hold too few classes: every image costs a row group.

Measured on {cores} cores; {load:.1f} processes wanted to run meanwhile (where that is more than
the cores, others ran, too, and a ratio may be off by a fifth).
"""
SAME = """\
{number:,} photographs in each layout, seed 0, on the CPU: hashes of the splits (contents, labels
and uses) and of the scores of two criteria on the trained network, and its accuracy
on the test images after {epochs} epochs. Parquet files that a process holds a part of have mixed
rows and are trained on in windows, in another order than the others, or they are sorted by class.
"""
RECIPE = Recipe(epochs=3, batch_size=32, learning_rate=0.005)


class Layout(NamedTuple):
    """Prepared images, and how many bytes of row groups a process may keep."""

    data: PreparedData
    kept_bytes: int


class Figures(NamedTuple):
    """What comes of a layout."""

    splits: str
    scores: str
    accuracy: float


def layouts(root: Path, number: int) -> dict[str, Layout]:
    """Write ``number`` photographs under ``root`` in every layout."""
    per_class = number // len(CLASSES)
    folder = write_photographs(
        root / "folder", CLASSES, per_class - per_class // 5, per_class // 5, SIZE
    )
    found = {
        name: Layout(_prepared(dataset, root / "prepared" / name), parquet.KEPT_BYTES)
        for name, dataset in in_every_layout(folder, root).items()
    }
    mixed = _prepared(as_parquet(folder, root / "mixed", mixed=True), root / "prepared/mixed")
    return {
        **found,
        WINDOWS: Layout(mixed, FEW_BYTES),
        SORTED: found["parquet"]._replace(kept_bytes=FEW_BYTES),
    }


def _prepared(dataset: Dataset, folder: Path) -> PreparedData:
    return prepared(dataset, folder, Calibration(batches=4, batch_size=BATCH))


@contextmanager
def opened(layout: Layout) -> Iterator[PreparedData]:
    """Read the images of ``layout`` with a source that nothing has been read from."""
    usual, parquet.KEPT_BYTES = parquet.KEPT_BYTES, layout.kept_bytes
    try:
        kind, origin = layout.data.source.__reduce__()
        yield PreparedData(kind(*origin), layout.data.splits, layout.data.classes)
    finally:
        parquet.KEPT_BYTES = usual


def spec(pixels: int) -> Input:
    """Return how images are brought to ``pixels``."""
    return Input(size=pixels, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=0.875)


def loader(data: PreparedData, workers: int) -> Batches:
    """Return what loads the training images of ``data``, as training does."""
    rows = data.rows("train")
    order = EpochOrder(len(rows), BATCH, 0, blocks=data.source.blocks(rows))
    return training_batches(data, spec(PIXELS), Augment(), order, workers)


def rates(found: dict[str, Layout], workers: int, rounds: int) -> dict[str, list[float]]:
    """Return the images per second of each layout, round by round."""
    measured: dict[str, list[float]] = {name: [] for name in found}
    loaders = {}
    for name, layout in found.items():
        with opened(layout) as data:
            loaders[name] = loader(data, workers)
            _go_over(loaders[name])  # processes start, files are opened
    for turn in range(rounds):
        names = list(loaders)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            took = seconds(partial(_go_over, loaders[name]), torch.device("cpu"))
            measured[name].append(len(loaders[name]) * BATCH / took)
    return measured


def _go_over(batches: Batches) -> None:
    for _ in batches:
        pass


def speed(found: dict[str, Layout], rounds: int) -> list[str]:
    """Return the table of speeds."""
    columns = {workers: rates(found, workers, rounds) for workers in (0, 1, 2)}
    lines = ["| layout | 0 workers | 1 worker | 2 workers |", "|---|---:|---:|---:|"]
    for name in found:
        cells = []
        for measured in columns.values():
            pairs = zip(measured[name], measured["folder"], strict=True)
            ratio = statistics.median(own / other for own, other in pairs)
            cells.append(f"{ratio:.2f} ({statistics.median(measured[name]):,.0f})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return lines


def figures(layout: Layout) -> Figures:
    """Train a small network on a layout, score its channels, and test it."""
    device = Execution("cpu", threads=1).prepare(0)
    small = spec(64)
    with opened(layout) as data:
        table = (
            data.splits.drop(columns="key").sort_values(["split", "sha256"]).reset_index(drop=True)
        )
        network = build("timm/test_resnet", len(data.classes))
        train(network, TrainingJob(data, small, RECIPE, 0, device))
        groups = PruningGraph(network, small.size, units=["channels"]).groups
        scores = hashlib.sha256()
        for name in ("wanda", "taylor"):
            batches = evaluation_batches(data, "calibration", small, BATCH)
            criterion = load_criterion(name)
            for values in calibration_scores(criterion, network, groups, batches, device).values():
                scores.update(values.double().numpy().tobytes())
        return Figures(
            hashlib.sha256(pd.util.hash_pandas_object(table).to_numpy().tobytes()).hexdigest(),
            scores.hexdigest(),
            _accuracy(network.eval(), data, small),
        )


def _accuracy(network: torch.nn.Module, data: PreparedData, small: Input) -> float:
    right = images = 0
    with torch.no_grad():
        for batch, labels in evaluation_batches(data, "test", small, BATCH):
            right += int((network(batch).argmax(1) == labels).sum())
            images += len(labels)
    return 100 * right / images


def same(found: dict[str, Layout]) -> list[str]:
    """Return the table of figures; raises ``BudamaError`` if a layout's are not ``folder``'s."""
    lines = ["| layout | splits | scores | test accuracy |", "|---|---|---|---:|"]
    expected = None
    for name, layout in found.items():
        own = figures(layout)
        expected = expected or own
        if own.splits != expected.splits or (name != WINDOWS and own != expected):
            raise BudamaError(f"{name} gives {own}, and folder {expected}")
        lines.append(
            f"| {name} | `{own.splits[:12]}` | `{own.scores[:12]}` | {own.accuracy:.2f}% |"
        )
        print(lines[-1], flush=True)
    return lines


def _speed(found: dict[str, Layout], values: dict[str, Any], rounds: int) -> str:
    table = "\n".join(speed(found, rounds))
    return SPEED.format(**values, load=os.getloadavg()[2]) + "\n" + table


def main() -> None:
    """Measure, and write the two sections."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    values = {
        **{"number": arguments.images, "rounds": arguments.rounds, "epochs": RECIPE.epochs},
        **{"pixels": PIXELS, "batch": BATCH, "few": FEW_BYTES // 2**20},
        **{"width": SIZE[0], "height": SIZE[1], "cores": os.cpu_count()},
    }
    with TemporaryDirectory() as folder:
        found = layouts(Path(folder), arguments.images)
        sections = {
            "The same figures": SAME.format(**values) + "\n" + "\n".join(same(found)),
            "Speed": _speed(found, values, arguments.rounds),
        }
    if arguments.output:
        for title, body in sections.items():
            write_section(arguments.output, title, body)


if __name__ == "__main__":
    main()
