"""What several models say of the same images, each of which is read once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import pandas as pd
import torch

from budama.models.outputs import logits_of
from budama.system.job.progress import track

# Two outputs closer than this share of the largest one: rounding alone may turn their order round.
# With the demo's dense model, torch and ONNX Runtime differ by at most 5e-6 of it.
ROUNDING = 1e-3
# Images [batch, 3, size, size] to logits [batch, classes], or to what holds them
Model = Callable[[torch.Tensor], Any]


class LabelledBatches(Protocol):
    """So many batches of images and the numbers of their classes."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]: ...


@torch.inference_mode()
def predict(
    models: Mapping[str, Model], batches: LabelledBatches, what: str = "test"
) -> dict[str, pd.DataFrame]:
    """Return for each of ``models`` one row per image of ``batches``; every batch is read once.

    ``predicted`` is the class with the highest output, ``probability`` its softmax, and ``rank``
    the number of classes before the true one, so 0 if the prediction is right. Of classes with
    equal outputs the first comes first. If an output is not finite, the image has no class: -1,
    NaN, and the number of classes. ``difference`` is the largest absolute one from the first
    model's outputs (NaN if that is not finite), and ``clear`` says whether the highest output
    stands out from the next one by more than rounding. ``what`` is what the progress is called.
    """
    columns: dict[str, list[pd.DataFrame]] = {name: [] for name in models}
    for images, labels in track(batches, len(batches), what):
        reference = None
        for name, model in models.items():
            outputs = logits_of(model(images)).float()
            reference = outputs if reference is None else reference
            columns[name].append(_predictions(outputs, reference, labels))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in columns.items()}


def accuracies(
    models: Mapping[str, Model], batches: LabelledBatches, what: str
) -> dict[str, float]:
    """Return the top-1 accuracy of each of ``models`` in percent; every batch is read once."""
    found = predict(models, batches, what)
    return {name: 100 * float((rows["rank"] == 0).mean()) for name, rows in found.items()}


class Verdict(NamedTuple):
    """The top-1 accuracy in percent and the mean cross-entropy on so many images."""

    accuracy_pct: float
    loss: float
    images: int


@torch.inference_mode()
def judge(model: Model, batches: LabelledBatches, what: str) -> Verdict:
    """Return what ``model`` comes to on ``batches``."""
    right, loss, images = 0, 0.0, 0
    for inputs, labels in track(batches, len(batches), what):
        outputs = logits_of(model(inputs)).float()
        right += int((outputs.argmax(1) == labels).sum())
        loss += float(torch.nn.functional.cross_entropy(outputs, labels, reduction="sum"))
        images += len(labels)
    return Verdict(100 * right / images, loss / images, images)


def _predictions(
    outputs: torch.Tensor, reference: torch.Tensor, labels: torch.Tensor
) -> pd.DataFrame:
    """Return the columns of ``predict`` for ``outputs``, ``[batch, classes]``."""
    classes = outputs.shape[1]
    finite = outputs.isfinite().all(1)
    predicted = outputs.argmax(1)
    probability = outputs.softmax(1).gather(1, predicted[:, None])[:, 0]
    true = outputs.gather(1, labels[:, None])
    earlier = torch.arange(classes, device=outputs.device) < labels[:, None]
    rank = ((outputs > true) | ((outputs == true) & earlier)).sum(1)
    best = outputs.topk(min(2, classes), 1).values
    difference = (outputs - reference).abs().amax(1)
    columns = {
        "predicted": predicted.where(finite, -1),
        "probability": probability.where(finite, torch.nan),
        "rank": rank.where(finite, classes),
        "difference": difference.where(difference.isfinite(), torch.nan),
        "clear": best[:, 0] - best[:, -1] > ROUNDING * outputs.abs().amax(1),
    }
    return pd.DataFrame({name: values.cpu().numpy() for name, values in columns.items()})
