"""What training minimises."""

import torch
from timm.data import Mixup
from torch import nn
from torch.nn import functional

from budama.config.recipe import Distillation, Mix, Recipe
from budama.models.outputs import logits_of


class Objective:
    """Cross-entropy, with label smoothing, and what the dense model says of the same images.

    Distillation after Hinton et al., Distilling the Knowledge in a Neural Network, 2015: the
    Kullback-Leibler divergence from the teacher's softened outputs, times the temperature squared.
    """

    def __init__(self, recipe: Recipe, teacher: nn.Module | None) -> None:
        self._hard = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
        self._distillation = recipe.distillation
        self._teacher = teacher.eval() if teacher is not None else None

    def __call__(
        self, images: torch.Tensor, logits: torch.Tensor, targets: torch.Tensor
    ) -> torch.Tensor:
        """Return the mean loss of a batch; ``targets`` are classes or shares of classes."""
        loss: torch.Tensor = self._hard(logits, targets)
        if self._distillation is None or self._teacher is None:
            return loss
        with torch.no_grad():
            taught = logits_of(self._teacher(images))
        weight = self._distillation.weight
        return (1 - weight) * loss + weight * divergence(logits, taught, self._distillation)


def divergence(
    logits: torch.Tensor, taught: torch.Tensor, distillation: Distillation
) -> torch.Tensor:
    """Return how far ``logits`` are from the teacher's, both ``[batch, classes]``."""
    t = distillation.temperature
    return t**2 * functional.kl_div(
        (logits.float() / t).log_softmax(1),
        (taught.float() / t).log_softmax(1),
        reduction="batchmean",
        log_target=True,
    )


def mixer(mix: Mix, classes: int) -> "Mixup | None":
    """Return what mixes the images of a batch, or nothing if the recipe mixes none."""
    if not mix.mixup and not mix.cutmix:
        return None
    return Mixup(
        mixup_alpha=mix.mixup, cutmix_alpha=mix.cutmix, label_smoothing=0.0, num_classes=classes
    )
