"""Neuron coverage: channels that seldom fire go first.

Pei et al., DeepXplore, SOSP 2017: for each image, a layer's activations are scaled to [0, 1] by
their minimum and maximum, a channel's value is its spatial mean, and the channel is covered if that
exceeds a threshold. "Covered by any image" saturates, so the score is how often: the share of
calibration images that cover the channel, averaged over the layers that read it.

With ``sections`` = k, k-multisection coverage instead (Ma et al., DeepGauge, ASE 2018): the range
of a channel's value over the calibration images is divided into k sections, and the score is the
share of sections that some image falls into.

Equal scores are ordered by the mean value. Needs activations: one forward pass, with ``sections``
two.
"""

from collections import defaultdict
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
        seen: defaultdict[nn.Module, _Seen] = defaultdict(_Seen)
        calibration.look(
            _scaled_means,
            lambda layer, values: seen[layer].add(values, threshold, ranges=sections > 0),
        )
        if sections:
            covered = _sections(calibration, seen, sections)
        else:
            covered = {layer: values.fired / values.images for layer, values in seen.items()}
        # Scores are multiples of one over this: a tie-break below half of it changes no order.
        parts = sections or max(values.images for values in seen.values())
        readers = {group.name: max(1, len(list(group.consumers()))) for group in calibration.groups}
        share = _gather(calibration, covered)
        value = _gather(
            calibration, {layer: values.total / values.images for layer, values in seen.items()}
        )
        return {
            name: (share[name] + 0.5 / parts * value[name] / readers[name]) / readers[name]
            for name in share
        }


class _Seen:
    """What the values of a layer's channels were, over the images so far; ``[channels]`` each."""

    def __init__(self) -> None:
        self.images = 0
        self.fired = torch.zeros((), dtype=torch.float64)
        self.total = torch.zeros((), dtype=torch.float64)
        self.low = torch.tensor(torch.inf)
        self.high = torch.tensor(-torch.inf)

    def add(self, values: torch.Tensor, threshold: float, *, ranges: bool) -> None:
        """Take in a batch's ``values``, ``[images, channels]``; their ranges, if wanted."""
        self.images += len(values)
        self.fired = self.fired + (values > threshold).sum(0)
        self.total = self.total + values.sum(0, dtype=torch.float64)
        if ranges:
            self.low = torch.minimum(self.low, values.amin(0))
            self.high = torch.maximum(self.high, values.amax(0))


def _gather(calibration: Calibration, per_layer: PerLayer) -> dict[str, torch.Tensor]:
    return calibration.gather(
        lambda group: ((member, per_layer[member.module]) for member in group.consumers())
    )


def _scaled_means(values: torch.Tensor) -> torch.Tensor:
    """Return the spatial means of an image's values, scaled to [0, 1] by their range."""
    # a mean of scaled values is the scaled mean: nothing as large as the input is made
    in_memory = values.transpose(1, 2) if values.stride(1) == 1 else values
    image = in_memory.flatten(1)
    low, high = image.amin(1, keepdim=True), image.amax(1, keepdim=True)
    return values.mean(2).sub_(low).div_((high - low).clamp_min_(1e-12))


def _sections(calibration: Calibration, seen: dict[nn.Module, _Seen], k: int) -> PerLayer:
    """Return the share of each channel's k sections that the images reach."""
    reached = {
        layer: torch.zeros(len(values.low), k, dtype=torch.bool, device=values.low.device)
        for layer, values in seen.items()
    }

    def see(layer: nn.Module, values: torch.Tensor) -> None:
        low, high = seen[layer].low, seen[layer].high
        section = (values - low) / (high - low).clamp_min(1e-12) * k
        reached[layer].scatter_(1, section.long().clamp(0, k - 1).T, True)

    calibration.look(_scaled_means, see)
    return {layer: flags.double().mean(1) for layer, flags in reached.items()}
