"""The evaluation stage: the one place that looks at test images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from scipy.stats import binomtest
from torch import nn

from budama.atomic import write_csv, write_json, write_parquet
from budama.data.loading import Batches, evaluation_batches
from budama.data.prepare import PreparedData
from budama.device import Where, to_device
from budama.errors import BudamaError
from budama.models.rebuild import load_model
from budama.progress import track

TOP = 5


def evaluate(
    *,
    model: Path,
    data: Path,
    predictions: Path,
    classes: Path,
    output: Path,
    batch_size: int,
    where: Where,
) -> None:
    """Predict every test image once.

    ``predictions`` receives one row per test image, in the order of the splits: ``key``, ``label``
    and the columns of ``predict``. ``classes`` receives the accuracy of each class, ``output``
    that of all images. Raises ``BudamaError`` if the model's outputs are not finite.
    """
    device = where.prepare()
    network, description = load_model(model)
    to_device(network, device)
    images = PreparedData.open(data)
    batches = evaluation_batches(
        images, "test", description.input, batch_size, where.workers, device
    )
    predicted = predict(network, batches)
    if predicted["probability"].isna().any():
        raise BudamaError(
            f"{model}: its outputs for {predicted['probability'].isna().sum()} test images are not "
            "finite; train it again with a smaller learning rate"
        )
    table = images.rows("test")[["key", "label"]].reset_index(drop=True).join(predicted)
    write_parquet(predictions, table)
    write_csv(classes, per_class(table, images.classes))
    write_json(output, summarise(table, len(images.classes)) | {"model_sha256": description.sha256})


@torch.inference_mode()
def predict(network: nn.Module, batches: Batches) -> pd.DataFrame:
    """Return one row per image of ``batches``.

    ``predicted`` is the class with the highest output, ``probability`` its softmax, NaN if an
    output is not finite, and ``rank`` the number of classes before the true one, so 0 if the
    prediction is right. Of classes with equal outputs the first comes first.
    """
    columns = []
    for inputs, labels in track(batches, len(batches), "test"):
        columns.append(_predictions(network(inputs).float(), labels))
    predicted, probability, rank = (
        torch.cat(parts).cpu().numpy() for parts in zip(*columns, strict=True)
    )
    return pd.DataFrame({"predicted": predicted, "probability": probability, "rank": rank})


def _predictions(
    logits: torch.Tensor, labels: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return prediction, probability and rank, each ``[batch]``, of ``logits [batch, classes]``."""
    predicted = logits.argmax(1)
    probability = logits.softmax(1).gather(1, predicted[:, None])[:, 0]
    true = logits.gather(1, labels[:, None])
    earlier = torch.arange(logits.shape[1], device=logits.device) < labels[:, None]
    rank = ((logits > true) | ((logits == true) & earlier)).sum(1)
    return predicted, probability.where(logits.isfinite().all(1), torch.nan), rank


def summarise(predictions: pd.DataFrame, classes: int) -> dict[str, float | int]:
    """Return top-1 accuracy and, if there are more than five ``classes``, top-5.

    Each in percent with its 95% confidence interval (Wilson, JASA 1927).
    """
    images = len(predictions)
    correct = int((predictions["rank"] == 0).sum())
    found = {"images": images, "correct": correct} | _accuracy(correct, images, "accuracy")
    if classes > TOP:
        among = int((predictions["rank"] < TOP).sum())
        found |= {"top5_correct": among} | _accuracy(among, images, "top5")
    return found


def per_class(predictions: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Return top-1 accuracy of each class, as ``summarise`` does; empty where it has no images."""
    right = (predictions["rank"] == 0).groupby(predictions["label"]).agg(["size", "sum"])
    counts = right.reindex(range(len(classes)), fill_value=0).astype(int)
    rows: list[dict[str, Any]] = [
        {"class": name, "images": images, "correct": correct}
        | (_accuracy(correct, images, "accuracy") if images else {})
        for name, images, correct in zip(classes, counts["size"], counts["sum"], strict=True)
    ]
    return pd.DataFrame(rows)


def _accuracy(correct: int, images: int, name: str) -> dict[str, float]:
    interval = binomtest(correct, images).proportion_ci(0.95, method="wilson")
    return {
        f"{name}_pct": 100 * correct / images,
        f"{name}_low_pct": 100 * float(interval.low),
        f"{name}_high_pct": 100 * float(interval.high),
    }
