"""The learning curve: one row per epoch, readable while training goes on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from budama.system.files.atomic import write_csv


@dataclass(frozen=True)
class Epoch:
    """One row of the learning curve; epoch 0 is the model as it came, before any training.

    Accuracies are top-1 in percent on the validation images; the training loss is the mean over the
    epoch's steps (NaN for epoch 0); the learning rate that of the epoch's last step.
    """

    epoch: int
    training_loss: float
    validation_loss: float
    validation_accuracy_pct: float
    learning_rate: float


def kept_epoch(curve: Sequence[Epoch], keep: Literal["best", "last"]) -> Epoch:
    """Return the epoch of a curve, epoch 0 first, whose weights are kept.

    The last one, or the one that is ``best`` on the validation images, the later one of equals.
    Epoch 0 is kept only where there is no other.
    """
    if keep == "last" or len(curve) == 1:
        return curve[-1]
    return max(reversed(curve[1:]), key=lambda epoch: epoch.validation_accuracy_pct)


def write_curve(path: Path, epochs: list[Epoch]) -> None:
    """Write the learning curve as CSV, one row per epoch, atomically."""
    write_csv(path, pd.DataFrame([asdict(epoch) for epoch in epochs]))
