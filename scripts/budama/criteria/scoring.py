"""A criterion at work on batches of images."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn

from budama.criteria.base import Batch, Calibration, Criterion
from budama.pruning.groups import ChannelGroup
from budama.system.job.progress import track


def calibration_scores(
    criterion: Criterion,
    network: nn.Module,
    groups: Sequence[ChannelGroup],
    batches: Any,
    device: torch.device,
) -> dict[str, torch.Tensor]:
    """Return the scores of ``groups``, with the network in evaluation mode while it looks.

    ``batches`` is a loader of ``(images [batch, 3, height, width], labels [batch])`` with a length;
    it is gone over as often as the criterion needs, on ``device``, where the network is.
    """

    def on_device() -> Iterator[Batch]:
        for images, labels in track(batches, len(batches), "calibration"):
            yield images.to(device), labels.to(device)

    training = network.training
    try:
        return criterion.scores(Calibration(network.eval(), list(groups), on_device))
    finally:
        network.train(training)
