"""Training: the same engine for the dense model, its control and every pruned model."""

import copy
import logging
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import torch
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler
from torch import nn

from budama.atomic import write_csv
from budama.config.recipe import Recipe
from budama.data.loading import Batches, evaluation_batches, training_batches
from budama.data.prepare import PreparedData
from budama.device import to_device
from budama.errors import BudamaError
from budama.models.preprocessing import Input
from budama.progress import track

log = logging.getLogger("budama")


@dataclass(frozen=True)
class Epoch:
    """One row of the learning curve; epoch 0 is the model as it came, before any training.

    Accuracies are top-1 in percent on the validation images; the training loss is the mean over the
    epoch's batches (NaN for epoch 0).
    """

    epoch: int
    training_loss: float
    validation_loss: float
    validation_accuracy_pct: float


def train(
    network: nn.Module,
    data: PreparedData,
    spec: Input,
    recipe: Recipe,
    seed: int,
    device: torch.device,
    workers: int = 0,
) -> list[Epoch]:
    """Train ``network`` in place by ``recipe`` and return its learning curve.

    The learning rate warms up linearly, then falls to zero along a half cosine, step by step.
    ``network`` ends with the weights of the epoch that was best on the validation images (the later
    one of equals). Raises ``BudamaError`` when the loss is no longer finite.
    """
    to_device(network, device)
    batches = training_batches(data, spec, recipe.augment, recipe.batch_size, seed, workers)
    validation = evaluation_batches(data, "validation", spec, 2 * recipe.batch_size, workers)
    optimizer = create_optimizer_v2(
        network, opt=recipe.optimizer, lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    steps = recipe.epochs * len(batches)
    schedule = CosineLRScheduler(
        optimizer,
        t_initial=steps,
        t_in_epochs=False,
        warmup_t=math.ceil(recipe.warmup * steps),
        warmup_prefix=False,
    )
    schedule.step_update(0)
    loss = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)

    curve = [Epoch(0, math.nan, *_validate(network, validation, device))]
    best, best_state = -math.inf, network.state_dict()
    for epoch in range(1, recipe.epochs + 1):
        first = (epoch - 1) * len(batches)
        mean_loss = _epoch(
            network,
            track(batches, len(batches), f"epoch {epoch}/{recipe.epochs}"),
            loss,
            optimizer,
            schedule,
            first,
            device,
        )
        curve.append(Epoch(epoch, mean_loss, *_validate(network, validation, device)))
        log.info("%s", asdict(curve[-1]))
        if curve[-1].validation_accuracy_pct >= best:
            best = curve[-1].validation_accuracy_pct
            best_state = copy.deepcopy(network.state_dict())
    network.load_state_dict(best_state)
    return curve


def _epoch(
    network: nn.Module,
    batches: Iterable[tuple[torch.Tensor, torch.Tensor]],
    loss: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: CosineLRScheduler,
    first_step: int,
    device: torch.device,
) -> float:
    network.train()
    total = torch.zeros((), device=device)
    step = first_step
    for step, (images, labels) in enumerate(batches, start=first_step + 1):
        output = network(images.to(device, memory_format=torch.channels_last))
        value = loss(output, labels.to(device))
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        optimizer.step()
        schedule.step_update(step)
        total += value.detach()
    mean = float(total) / (step - first_step)
    if not math.isfinite(mean):
        raise BudamaError(
            "the training loss is not finite any more; try a smaller learning_rate or a longer "
            "warmup in the recipe"
        )
    return mean


def _validate(network: nn.Module, batches: Batches, device: torch.device) -> tuple[float, float]:
    """Return the mean cross-entropy and the top-1 accuracy in percent."""
    network.eval()
    loss = correct = images = 0.0
    with torch.inference_mode():
        for inputs, labels in track(batches, len(batches), "validation"):
            output = network(inputs.to(device, memory_format=torch.channels_last)).float().cpu()
            loss += float(nn.functional.cross_entropy(output, labels, reduction="sum"))
            correct += int((output.argmax(1) == labels).sum())
            images += len(labels)
    return loss / images, 100 * correct / images


def write_curve(path: Path, epochs: list[Epoch]) -> None:
    """Write the learning curve as CSV, one row per epoch, atomically."""
    write_csv(path, pd.DataFrame([asdict(epoch) for epoch in epochs]))
