"""The evaluation stage: the one place that looks at test images."""

from pathlib import Path

import pandas as pd
import torch
from scipy.stats import binomtest

from budama.atomic import write_json, write_parquet
from budama.data.loading import evaluation_batches
from budama.data.prepare import PreparedData
from budama.device import Where, to_device
from budama.models.rebuild import load_model
from budama.progress import track


def evaluate(
    *, model: Path, data: Path, predictions: Path, output: Path, batch_size: int, where: Where
) -> None:
    """Predict every test image once.

    ``predictions`` receives one row per test image, in the order of the splits: ``key``, ``label``,
    ``predicted`` and ``probability`` (softmax of the predicted class). ``output`` receives top-1 in
    percent with its 95% Wilson interval.
    """
    device = where.prepare()
    network, description = load_model(model)
    to_device(network, device)
    images = PreparedData.open(data)
    batches = evaluation_batches(images, "test", description.input, batch_size, where.workers)
    probabilities = []
    with torch.inference_mode():
        for inputs, _ in track(batches, len(batches), "test"):
            logits = network(inputs.to(device, memory_format=torch.channels_last))
            probabilities.append(logits.float().softmax(1).cpu())
    best = torch.cat(probabilities).max(1)
    table = images.rows("test")[["key", "label"]].assign(
        predicted=best.indices.numpy(), probability=best.values.numpy()
    )
    write_parquet(predictions, table)
    write_json(output, summarise(table) | {"model_sha256": description.sha256})


def summarise(predictions: pd.DataFrame) -> dict[str, float | int]:
    """Return top-1 accuracy in percent with its 95% confidence interval (Wilson, JASA 1927)."""
    correct = int((predictions["label"] == predictions["predicted"]).sum())
    interval = binomtest(correct, len(predictions)).proportion_ci(0.95, method="wilson")
    return {
        "images": len(predictions),
        "correct": correct,
        "accuracy_pct": 100 * correct / len(predictions),
        "accuracy_low_pct": 100 * float(interval.low),
        "accuracy_high_pct": 100 * float(interval.high),
    }
