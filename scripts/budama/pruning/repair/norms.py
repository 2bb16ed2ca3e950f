"""Batch norms measured anew: after a cut, the statistics of the dense network are wrong.

Li et al., EagleEye: Fast Sub-net Evaluation for Efficient Neural Network Pruning, ECCV 2020.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from budama.system.errors import BudamaError

# A norm needs no more: the calibration images of ImageNet are ten times as many.
MOST_IMAGES = 2560
_CONSTANT = 1e-12  # the variance of a channel that is the same for all images
# Beyond these, a channel that hardly any image wakes would be blown up or silenced
_LEAST_CHANGE, _MOST_CHANGE = 0.01, 100.0
BatchNorm = nn.modules.batchnorm._BatchNorm
Batch = tuple[torch.Tensor, torch.Tensor]


def has_norms(network: nn.Module) -> bool:
    """Whether there are statistics to measure."""
    return any(map(is_measured, network.modules()))


def measure_norms(network: nn.Module, batches: Iterable[Batch]) -> None:
    """Measure the batch norms of ``network`` in place; all else is left as it is.

    ``batches`` are training images ``[batch, 3, height, width]`` and their labels, of which the
    first ``MOST_IMAGES`` are used. A norm's statistics become the mean of those of the batches.
    Raises ``BudamaError`` if there is no image, and for batches of one, which have no statistics.
    """
    norms = [layer for layer in network.modules() if is_measured(layer)]
    if not norms:
        return
    empty = True
    with _measuring(network, norms), torch.no_grad():
        for images in _first_images(batches):
            empty = False
            try:
                network(images)
            except ValueError as error:  # torch's: "expected more than 1 value per channel"
                raise BudamaError(
                    "batch norms cannot be measured on single images: give a larger "
                    "calibration.batch_size"
                ) from error
    if empty:
        raise BudamaError("batch norms are measured on calibration images, and there are none")


@contextmanager
def evaluating(*networks: nn.Module) -> Iterator[None]:
    """Put ``networks`` in evaluation mode, and each layer back into its own."""
    modes = {layer: layer.training for network in networks for layer in network.modules()}
    for network in networks:
        network.eval()
    try:
        yield
    finally:
        for layer, mode in modes.items():
            layer.training = mode


@contextmanager
def _measuring(network: nn.Module, norms: list[nn.Module]) -> Iterator[None]:
    """Let ``norms`` average over batches, with everything else in evaluation mode."""
    momenta = [norm.momentum for norm in norms]
    with evaluating(network):
        for norm in norms:
            norm.reset_running_stats()  # type: ignore[operator]
            norm.momentum = None  # type: ignore[assignment]  # the mean over the batches
            norm.training = True
        try:
            yield
        finally:
            for norm, momentum in zip(norms, momenta, strict=True):
                norm.momentum = momentum


def move_norm(
    norm: BatchNorm,
    cut: Sequence[torch.Tensor],
    dense: Sequence[torch.Tensor],
    kept: torch.Tensor,
) -> None:
    """Move a batch norm by as much as what it reads differs from what it read in the dense network.

    ``cut`` and ``dense`` are its inputs there, ``[images, channels, ...]``, for the same images;
    ``kept`` is the mask of the dense channels that are left. A channel that does not vary keeps its
    variance.
    """
    assert norm.running_mean is not None and norm.running_var is not None, "it is measured"
    stays = kept.to(norm.running_mean.device)
    mean, variance = _moments(cut)
    dense_mean, dense_variance = (moment[stays] for moment in _moments(dense))
    norm.running_mean += (mean - dense_mean).to(norm.running_mean)
    change = (variance + norm.eps) / (dense_variance + norm.eps)
    change = change.clamp(_LEAST_CHANGE, _MOST_CHANGE).where(variance > _CONSTANT, 1.0)
    norm.running_var *= change.to(norm.running_var)


def _moments(batches: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the means and variances of each channel, float64 ``[channels]``."""
    values = torch.cat([x.transpose(0, 1).flatten(1) for x in batches], 1)
    variance, mean = torch.var_mean(values, 1, correction=0)
    return mean.double(), variance.double()


def _first_images(batches: Iterable[Batch]) -> Iterator[torch.Tensor]:
    """Yield images, but not a last batch that is smaller: it would count as much as the others."""
    seen, usual = 0, 0
    for images, _ in batches:
        if seen >= MOST_IMAGES or len(images) < usual:
            return
        usual = len(images)
        seen += usual
        yield images


def is_measured(layer: nn.Module) -> bool:
    """Whether a layer is a batch norm that keeps statistics."""
    return isinstance(layer, BatchNorm) and layer.running_mean is not None
