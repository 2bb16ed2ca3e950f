"""Small real inputs that tests and benchmarks make themselves."""

import gzip
from pathlib import Path

import numpy as np
import torch
from torch import nn

from budama.config.data import Calibration, Dataset
from budama.data.prepared import PreparedData
from budama.stages.audit import audit
from budama.stages.prepare import prepare
from budama.system.job.device import Execution

IN_THIS_PROCESS = Execution("cpu", threads=0)


def write_idx(path: Path, array: np.ndarray) -> None:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes(), mtime=0))


def write_fashion_mnist(folder: Path, train: int = 12, test: int = 6) -> Path:
    """Write images in Fashion-MNIST's format: each class a bright bar at its own height."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for part, per_class in (("train", train), ("t10k", test)):
        labels = np.tile(np.arange(10), per_class)
        images = random.integers(0, 60, (len(labels), 28, 28))
        for image, label in zip(images, labels, strict=True):
            image[2 * label + 4 : 2 * label + 7] += 180
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)
    return folder


def prepared(dataset: Dataset, folder: Path, calibration: Calibration) -> PreparedData:
    """Audit and prepare ``dataset`` under ``folder``; a quarter of train goes to validation.

    Up to ten images of the rest are for ``selection``.
    """
    audit(dataset=dataset, folder=folder / "audit", execution=IN_THIS_PROCESS)
    return split(folder / "audit", folder / "data", calibration)


def split(
    audited: Path, folder: Path, calibration: Calibration, cache: Path | None = None
) -> PreparedData:
    """Prepare the dataset whose audit is in ``audited``; ``cache`` is the folder of its cache."""
    prepare(
        audit=audited / "audit.json",
        cache=cache / "cache.json" if cache else None,
        validation=0.25,
        calibration=calibration,
        selection=10,
        seed=0,
        folder=folder,
    )
    return PreparedData.open(folder)


class TinyNet(nn.Module):
    """Two convolutions, one of them depthwise, and a classifier: small enough to check by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.depthwise = nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False)
        self.second = nn.Conv2d(4, 6, 1)
        self.classifier = nn.Linear(6, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(self.norm(self.first(images)))
        hidden = torch.relu(self.second(torch.relu(self.depthwise(hidden))))
        logits: torch.Tensor = self.classifier(hidden.mean((2, 3)))
        return logits
