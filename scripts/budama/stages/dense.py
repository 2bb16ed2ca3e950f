"""The dense model of a task: fine-tuned from its first weights, or taken as it comes."""

import logging
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from budama.analysis.chance import SURE, Chance, against_chance
from budama.config.data import Preprocessing
from budama.config.recipe import Recipe
from budama.data.loading import Batches, evaluation_batches
from budama.data.prepared import PreparedData
from budama.models.architecture import native_input, settled
from budama.models.class_order import outputs_of
from budama.models.outputs import logits_of
from budama.models.own import code_of
from budama.models.store import save_model
from budama.models.weights import dense_model
from budama.system.errors import BudamaError
from budama.system.job.device import Execution, to_device, without_tf32
from budama.system.job.progress import track
from budama.training.curve import Epoch, kept_epoch, write_curve
from budama.training.engine import TrainingJob, train
from budama.training.processes import joined
from budama.training.resuming import Resuming

log = logging.getLogger("budama")


def dense(
    *,
    model: str,
    options: dict[str, Any],
    weights: str,
    weights_sha256: str | None,
    order: str | None,
    order_sha256: str | None,
    batch_size: int | None,
    image_size: int,
    preprocessing: Preprocessing,
    recipe: Recipe | None,
    seed: int,
    data: Path,
    output: Path,
    curve: Path,
    execution: Execution,
    resuming: Resuming,
) -> None:
    """Fine-tune ``model`` on the task's training images; write it and its learning curve.

    Without a ``recipe`` it stays as it comes, and the curve has row 0 alone. ``order`` is a file
    that names the classes of the weights' outputs (``order_sha256`` only says that it has changed):
    those of the data are taken, in their order. Raises ``BudamaError`` if a model that is not
    trained is no better than chance on validation images, which are looked at ``batch_size`` at a
    time.
    """
    device = execution.prepare(seed)
    images = PreparedData.open(data)
    architecture, built_with = settled(model, options, image_size)
    network = dense_model(
        model,
        len(images.classes),
        weights,
        weights_sha256,
        options=built_with,
        outputs=outputs_of(Path(order), images.classes) if order else None,
        as_it_is=recipe is None,
    )
    spec = native_input(model, network, image_size, preprocessing)
    if recipe is None:
        assert batch_size is not None, "the rule says how many images are looked at"
        without_tf32()
        to_device(network, device)
        batches = evaluation_batches(
            images, "validation", spec, batch_size, execution.workers, device
        )
        write_curve(curve, [as_it_comes(network, batches, len(images.classes))])
        done: dict[str, Any] = {"kept_epoch": 0}
    else:
        with joined(device) as processes:
            learned = train(
                network,
                TrainingJob(
                    data=images,
                    spec=spec,
                    recipe=recipe,
                    seed=seed,
                    device=device,
                    workers=execution.workers,
                    processes=processes,
                    sidecar=resuming.sidecar(
                        output.parent,
                        owned=processes.first,
                        recipe=recipe.model_dump_json(),
                        seed=str(seed),
                        model=f"{model} {options} {weights} {weights_sha256} {order_sha256}",
                        network=code_of(model),
                        preprocessing=spec.model_dump_json(),
                        data=data,
                    ),
                    curve=curve,
                    tensorboard=resuming.tensorboard,
                ),
            )
            if not processes.first:
                return
        done = {"kept_epoch": kept_epoch(learned, recipe.keep_epoch).epoch}
        done |= {"device": device.type, "processes": processes.number}
    save_model(
        output,
        network,
        architecture=architecture,
        options=built_with,
        classes=images.classes,
        spec=spec,
        kept={},
        provenance={
            "stage": "dense",
            "weights": weights,
            "recipe": recipe and recipe.model_dump(mode="json"),
            "seed": seed,
            **done,
        },
    )
    resuming.done(output.parent)


def as_it_comes(network: nn.Module, batches: Batches, classes: int) -> Epoch:
    """Return what a model without training comes to on validation images, as row 0 of its curve.

    Raises ``BudamaError`` unless it is better than chance.
    """
    labels, predicted, loss = _answers(network.eval(), batches)
    found = against_chance(labels, predicted, classes)
    accuracy = 100 * found.right / found.images
    log.info(
        "as it came: %d of %d validation images right (%.2f%%), %d with the outputs in the best "
        "other order; guessing gives %.2f%% (p = %.2g)",
        *(found.right, found.images, accuracy, found.reordered),
        *(100 * found.guessing, found.p_value),
    )
    if not found.better:
        raise BudamaError(_no_better(found))
    return Epoch(0, nan, loss, accuracy, 0.0)


@torch.inference_mode()
def _answers(network: nn.Module, batches: Batches) -> tuple[np.ndarray, np.ndarray, float]:
    """Return labels, predicted classes (-1 where outputs are not finite) and the mean loss."""
    labels, predicted, loss = [], [], 0.0
    for images, classes in track(batches, len(batches), "validation"):
        outputs = logits_of(network(images)).float()
        answer = outputs.argmax(1).where(outputs.isfinite().all(1), -1)
        loss += float(nn.functional.cross_entropy(outputs, classes, reduction="sum"))
        labels.append(classes.cpu().numpy())
        predicted.append(answer.cpu().numpy())
    every = np.concatenate(labels)
    return every, np.concatenate(predicted), loss / len(every)


def _no_better(found: Chance) -> str:
    told = (
        f"the dense model as it comes gets {found.right} of {found.images} validation images "
        f"right, and guessing {100 * found.guessing:.1f}%"
    )
    if found.right == found.images:
        return f"{told}: these are too few to tell: give the task a larger share for 'validation'"
    hint = ""
    if found.misordered:
        hint = (
            f" In another order of its outputs it would be {found.reordered}, so that the order "
            "is most likely it."
        )
    return (
        f"{told}: that is no better than chance (exact binomial test, p = {found.p_value:.2g}, "
        f"below {SURE} is asked for). Look at the order of the classes (the task's 'classes', else "
        "the folders' names sorted), at the preprocessing (mean, std, crop, image_size) and at the "
        f"weights.{hint}"
    )
