"""The training stages: the dense model from pretrained weights, a pruned model's recovery."""

import logging
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from budama.atomic import write_csv
from budama.config.data import Preprocessing
from budama.config.recipe import Recipe
from budama.data.prepare import PreparedData
from budama.device import Where
from budama.models.architecture import native_input
from budama.models.store import load_model, save_model
from budama.models.weights import dense_model
from budama.training import Epoch, train

log = logging.getLogger("budama")


def finetune_dense(
    *,
    model: str,
    weights: str,
    weights_sha256: str | None,
    image_size: int,
    preprocessing: Preprocessing,
    recipe: Recipe,
    seed: int,
    data: Path,
    output: Path,
    curve: Path,
    where: Where,
) -> None:
    """Fine-tune ``model`` on the task's training images; write it and its learning curve."""
    device = where.prepare(seed)
    images = PreparedData.open(data)
    network = dense_model(model, len(images.classes), weights, weights_sha256)
    spec = native_input(model, network, image_size, preprocessing)
    epochs = train(network, images, spec, recipe, seed, device, where.workers)
    save_model(
        output,
        network,
        architecture=model,
        classes=images.classes,
        spec=spec,
        kept={},
        provenance={
            "stage": "dense",
            "weights": weights,
            "recipe": recipe.model_dump(mode="json"),
            "seed": seed,
            "device": device.type,
        },
    )
    _write_curve(curve, epochs)


def finetune(
    *, recipe: Recipe, seed: int, start: Path, data: Path, output: Path, curve: Path, where: Where
) -> None:
    """Train the model at ``start`` further; write it and its learning curve.

    Row 0 of the curve is the accuracy before training: right after the cut, on validation images.
    """
    device = where.prepare(seed)
    network, description = load_model(start)
    images = PreparedData.open(data)
    epochs = train(network, images, description.input, recipe, seed, device, where.workers)
    save_model(
        output,
        network,
        architecture=description.architecture,
        classes=description.classes,
        spec=description.input,
        kept=description.kept,
        provenance=description.provenance
        | {
            "stage": "finetune",
            "start_sha256": description.sha256,
            "recipe": recipe.model_dump(mode="json"),
            "finetune_seed": seed,
            "device": device.type,
        },
    )
    _write_curve(curve, epochs)


def _write_curve(path: Path, epochs: list[Epoch]) -> None:
    write_csv(path, pd.DataFrame([asdict(epoch) for epoch in epochs]))
