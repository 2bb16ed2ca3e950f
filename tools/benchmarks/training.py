"""What the training engine costs over bare steps: ``make bench-training`` prints the table."""

import argparse
import statistics
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from PIL import Image
from timm.optim import create_optimizer_v2
from torch import nn

from budama.config.data import Calibration, Dataset, FashionMnist, ImageFolder, Preprocessing
from budama.config.recipe import Augment, Recipe
from budama.data.prepared import PreparedData
from budama.models.architecture import build, native_input
from budama.system.job.device import Execution, to_device
from budama.training.engine import TrainingJob, _Training
from budama.training.precision import Precision
from budama.training.sidecar import Stop
from tests.conftest import prepared
from tools.benchmarks.timing import seconds

ROOT = Path(__file__).parents[2]
HOW = """\
Images per second over those of a bare step: forward, loss, backward, optimizer on one batch that
stays in memory, with the same model, batch size, precision and threads. The engine reads, changes
and moves images, follows the schedule and watches the loss; the loader alone does not train. All
three take turns, round by round; the figures are medians of the rounds' ratios.
"""


class Workload(NamedTuple):
    """What is trained on."""

    model: str
    pixels: int
    batch_size: int
    steps: int
    whole_images: bool


DEMO = Workload("timm/tf_efficientnet_lite0", 40, 64, 20, True)
PUBLISHED = (
    Workload("torchvision/resnet50", 224, 256, 20, False),
    Workload("torchvision/efficientnet_b4", 380, 64, 20, False),
)


def photographs(folder: Path, number: int) -> ImageFolder:
    """Write JPEGs of the size that ImageNet's mostly have."""
    random = np.random.default_rng(0)
    for part, count in (("train", number), ("test", 20)):
        for i in range(count):
            path = folder / part / str(i % 10) / f"{i}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            small = random.integers(0, 256, (24, 32, 3), dtype=np.uint8)
            Image.fromarray(small).resize((500, 375)).save(path, quality=90)
    return ImageFolder(format="folder", root=str(folder))


class Bench:
    """The engine, its loader, and the bare step on the same network."""

    def __init__(self, workload: Workload, execution: Execution, folder: Path) -> None:
        self.workload = workload
        device = execution.prepare()
        dataset: Dataset = FashionMnist(
            format="fashion-mnist", root=str(ROOT / "resources/fashion-mnist-small")
        )
        if not workload.whole_images:
            wanted = workload.batch_size * workload.steps * 4 // 3 + 20
            dataset = photographs(folder / "images", wanted)
        data = prepared(dataset, folder, Calibration(batches=1, batch_size=1))
        train = data.splits[data.splits["split"] == "train"]
        kept = train.head(workload.batch_size * workload.steps)
        others = data.splits[data.splits["split"] != "train"]
        data = PreparedData(data.source, pd.concat([others, kept]), data.classes)
        crop = Augment(crop_scale=(1, 1), crop_ratio=(1, 1)) if workload.whole_images else Augment()
        recipe = Recipe(
            epochs=1000, batch_size=workload.batch_size, learning_rate=1e-3, augment=crop
        )
        network = build(workload.model, len(data.classes))
        spec = native_input(workload.model, network, workload.pixels, Preprocessing())
        self.engine = _Training(
            network, TrainingJob(data, spec, recipe, 0, device, execution.workers)
        )
        self.network, self.device = network, device
        self.batch = next(iter(self.engine._batches))

    def train(self) -> None:
        """One epoch of the engine, without validation."""
        self.engine._epoch(Stop())
        self.engine._progress.step, self.engine._progress.loss = 0, 0.0

    def load(self) -> None:
        """One epoch of the loader."""
        self.engine._order.first_step = 0
        for _ in self.engine._batches:
            pass

    def bare(self) -> None:
        """As many steps on one batch in memory."""
        network, (images, labels) = self.network, self.batch
        to_device(network, self.device)
        network.train()
        loss = nn.CrossEntropyLoss()
        optimizer = create_optimizer_v2(network, opt="adamw", lr=1e-5, weight_decay=0.01)
        precision = Precision("auto", self.device)
        for _ in range(self.workload.steps):
            with precision.cast():
                value = loss(network(images), labels)
            precision.backward(value)
            precision.step(optimizer, network, None)


def row(workload: Workload, execution: Execution, rounds: int) -> str:
    """Measure one workload; return a row of the table."""
    with TemporaryDirectory() as folder:
        bench = Bench(workload, execution, Path(folder))
        engine, loader, rates = [], [], []
        for turn in range(rounds + 1):
            bare = seconds(bench.bare, bench.device)
            both = seconds(bench.train, bench.device), seconds(bench.load, bench.device)
            if turn:  # the first turn warms up
                engine.append(bare / both[0])
                loader.append(bare / both[1])
                rates.append(workload.steps * workload.batch_size / bare)
    kind = Precision("auto", bench.device).kind
    return (
        f"| {workload.model} | {workload.pixels} | {workload.batch_size} | {kind} "
        f"| {execution.threads} + {execution.workers} | {statistics.median(rates):,.0f} "
        f"| {statistics.median(engine):.3f} | {statistics.median(loader):.2f} |"
    )


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--published", action="store_true", help="the published sizes, too")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    gpu = torch.cuda.is_available()
    execution = Execution("auto", arguments.threads, arguments.workers)
    lines = [
        "| model | pixels | batch | precision | threads + loaders | bare step, images/s "
        "| engine over it | loader over it |",
        "|---|---:|---:|---|---|---:|---:|---:|",
    ]
    for workload in (DEMO, *(PUBLISHED if gpu or arguments.published else ())):
        lines.append(row(workload, execution, arguments.rounds))
        print(lines[-1], flush=True)
    device = torch.cuda.get_device_name() if gpu else "CPU"
    head = f"# What the training engine costs\n\n{HOW}\nMeasured on: {device}; torch "
    text = f"{head}{torch.__version__}; {arguments.rounds} rounds.\n\n" + "\n".join(lines) + "\n"
    print("\n" + text)
    if arguments.output:
        arguments.output.write_text(text)


if __name__ == "__main__":
    main()
