"""Neuron coverage: channels that seldom fire go first.

Pei et al., DeepXplore, SOSP 2017: for each image, a layer's activations are scaled to [0, 1] by
their minimum and maximum, a channel's value is its spatial mean, and the channel is covered if that
exceeds a threshold. "Covered by any image" saturates, so the score is how often: the share of
calibration images that cover the channel, averaged over the layers that read it. Equal frequencies
are ordered by the mean activation. Needs activations: one forward pass.
"""

from collections import defaultdict

import torch
from torch import nn

from budama.criteria.base import Calibration, Criterion, channels_first

THRESHOLD = 0.25


class Coverage(Criterion):
    """Firing frequency, ties broken by mean activation."""

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        fired: dict[nn.Module, torch.Tensor] = {}
        strength: dict[nn.Module, torch.Tensor] = {}
        images: defaultdict[nn.Module, int] = defaultdict(int)

        def see(layer: nn.Module, values: torch.Tensor) -> None:
            flat = channels_first(layer, values)
            low, high = flat.amin((1, 2), keepdim=True), flat.amax((1, 2), keepdim=True)
            scaled = ((flat - low) / (high - low).clamp_min(1e-12)).mean(2)
            count = (scaled > THRESHOLD).sum(0).double()
            fired[layer] = fired[layer] + count if layer in fired else count
            total = scaled.double().sum(0)
            strength[layer] = strength[layer] + total if layer in strength else total
            images[layer] += len(flat)

        with calibration.watching_inputs(see):
            for _ in calibration.forward():
                pass
        readers = {group.name: sum(1 for _ in group.consumers()) for group in calibration.groups}
        frequency = calibration.gather(
            lambda group: ((m, fired[m.module] / images[m.module]) for m in group.consumers())
        )
        mean = calibration.gather(
            lambda group: ((m, strength[m.module] / images[m.module]) for m in group.consumers())
        )
        # Frequencies are multiples of 1 / images: a tie-break below half of that changes no order.
        least = 0.5 / max(images.values())
        return {
            name: (frequency[name] + least * mean[name] / max(1, readers[name]))
            / max(1, readers[name])
            for name in frequency
        }
