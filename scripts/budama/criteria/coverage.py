"""Neuron coverage: channels that seldom fire go first.

Pei et al., DeepXplore, SOSP 2017: for each image, a layer's activations are scaled to [0, 1] by
their minimum and maximum, a channel's value is its spatial mean, and the channel is covered if that
exceeds a threshold. "Covered by any image" saturates, so the score is how often: the share of
calibration images that cover the channel, averaged over the inputs of layers that read it (behind a
flatten, a channel is as many inputs as it has positions).

With ``sections`` = k, k-multisection coverage instead (Ma et al., DeepGauge, ASE 2018): the range
of a channel's value over the calibration images is divided into k sections, and the score is the
share of sections that some image falls into.

Equal scores are ordered by the mean value. Needs activations: one forward pass, with ``sections``
two.
"""

from typing import Any

import torch
from pydantic import Field
from torch import nn

from budama.config.base import Strict
from budama.criteria.base import Calibration, Criterion

PerLayer = dict[nn.Module, torch.Tensor]


class Options(Strict):
    """``threshold`` above which a channel is covered; ``sections``: k, or 0 for the frequency."""

    threshold: float = Field(0.25, ge=0, lt=1)
    sections: int = Field(0, ge=0, le=10_000)


class Coverage(Criterion):
    """Firing frequency or k-multisection coverage, ties broken by the mean value."""

    Options = Options
    needs = "activations"

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.passes = 2 if self.options.sections else 1

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        threshold, sections = self.options.threshold, self.options.sections
        seen = _Seen(threshold, ranges=sections > 0)
        for rows in calibration.look(_means_and_range):
            seen.add(rows)
        parts = sections or seen.images
        covered = _sections(calibration, seen, sections) if sections else seen.fired / parts
        inputs = _gather(calibration, seen.by_layer(torch.ones_like(seen.total)))
        share = _gather(calibration, seen.by_layer(covered))
        value = _gather(calibration, seen.by_layer(seen.total / seen.images))
        scores = {}
        for group in calibration.groups:
            name = group.name
            if name not in inputs:  # no layer that can be watched reads it
                continue
            most = inputs[name].max().clamp_min(1)
            # A unit's share, times inputs, is a multiple of one over this: a tie-break below half
            # of it changes no order.
            steps = parts * group.copies
            scores[name] = (share[name] + 0.5 / steps * value[name] / most) / most
        return scores


class _Seen:
    """What the scaled values of all layers' channels were, over the images so far.

    ``fired``, ``total``, ``low`` and ``high`` are ``[channels of all layers]``, the last two only
    with ``ranges``.
    """

    def __init__(self, threshold: float, *, ranges: bool) -> None:
        self._threshold, self._ranges = threshold, ranges
        self._widths: dict[nn.Module, int] = {}
        self.images = 0
        self.fired = torch.zeros((), dtype=torch.float64)
        self.total = torch.zeros((), dtype=torch.float64)
        self.low = torch.tensor(torch.inf)
        self.high = torch.tensor(-torch.inf)

    def add(self, rows: dict[nn.Module, torch.Tensor]) -> None:
        """Take in a batch, as ``_means_and_range`` reduces it."""
        self._widths = {layer: values.shape[1] - 2 for layer, values in rows.items()}
        values = _scaled(rows)
        self.images += len(values)
        self.fired = (values > self._threshold).sum(0) + self.fired
        self.total = values.sum(0, dtype=torch.float64) + self.total
        if self._ranges:
            self.low = torch.minimum(values.amin(0), self.low)
            self.high = torch.maximum(values.amax(0), self.high)

    def by_layer(self, values: torch.Tensor) -> PerLayer:
        """Divide a vector of all channels among the layers."""
        return dict(
            zip(self._widths, torch.split(values, list(self._widths.values())), strict=True)
        )


def _gather(calibration: Calibration, per_layer: PerLayer) -> dict[str, torch.Tensor]:
    return calibration.gather(
        lambda group: ((member, per_layer[member.module]) for member in group.consumers())
    )


def _means_and_range(values: torch.Tensor) -> torch.Tensor:
    """Return each image's spatial means, its lowest and its highest value: ``[images, C + 2]``."""
    in_memory = values.transpose(1, 2) if values.stride(1) == 1 else values
    image = in_memory.flatten(1)
    low, high = image.amin(1, keepdim=True), image.amax(1, keepdim=True)
    return torch.cat((values.mean(2), low, high), 1)


def _scaled(rows: dict[nn.Module, torch.Tensor]) -> torch.Tensor:
    """Return the values of all layers' channels, ``[images, channels of all layers]``.

    Each in [0, 1] of its layer's range: the mean of scaled activations is the scaled mean.
    """
    layers = list(rows.values())
    means = torch.cat([layer[:, :-2] for layer in layers], 1)
    low = torch.cat([layer[:, -2:-1].expand(-1, layer.shape[1] - 2) for layer in layers], 1)
    high = torch.cat([layer[:, -1:].expand(-1, layer.shape[1] - 2) for layer in layers], 1)
    return (means - low) / (high - low).clamp_min(1e-12)


def _sections(calibration: Calibration, seen: _Seen, k: int) -> torch.Tensor:
    """Return the share of each channel's k sections that the images reach, as in ``seen``."""
    reached = torch.zeros(len(seen.low), k, dtype=torch.bool, device=seen.low.device)
    width = (seen.high - seen.low).clamp_min(1e-12)
    for rows in calibration.look(_means_and_range):
        section = (_scaled(rows) - seen.low) / width * k
        reached.scatter_(1, section.long().clamp(0, k - 1).T, True)
    return reached.double().mean(1)
