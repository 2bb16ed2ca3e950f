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
from collections.abc import Callable

import torch
from pydantic import Field
from torch import nn

from budama.config.base import Strict
from budama.criteria.base import Calibration, Criterion, channels_first

PerLayer = dict[nn.Module, torch.Tensor]


class Options(Strict):
    """``threshold`` above which a channel is covered; ``sections``: k, or 0 for the frequency."""

    threshold: float = Field(0.25, ge=0, lt=1)
    sections: int = Field(0, ge=0, le=10_000)


class Coverage(Criterion):
    """Firing frequency or k-multisection coverage, ties broken by the mean value."""

    Options = Options
    needs = "activations"

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        mean, low, high, fired, images = self._frequencies(calibration)
        sections = self.options.sections
        covered = _sections(calibration, low, high, sections) if sections else fired
        # Scores are multiples of one over this: a tie-break below half of it changes no order.
        parts = sections or max(images.values())
        readers = {group.name: max(1, len(list(group.consumers()))) for group in calibration.groups}
        share = _gather(calibration, covered)
        value = _gather(calibration, mean)
        return {
            name: (share[name] + 0.5 / parts * value[name] / readers[name]) / readers[name]
            for name in share
        }

    def _frequencies(
        self, calibration: Calibration
    ) -> tuple[PerLayer, PerLayer, PerLayer, PerLayer, dict[nn.Module, int]]:
        """Return each layer's mean, lowest and highest values, firing frequencies and images."""
        fired: PerLayer = {}
        total: PerLayer = {}
        low: PerLayer = {}
        high: PerLayer = {}
        images: defaultdict[nn.Module, int] = defaultdict(int)

        def see(layer: nn.Module, values: torch.Tensor) -> None:
            count = (values > self.options.threshold).sum(0).double()
            fired[layer] = fired[layer] + count if layer in fired else count
            sums = values.double().sum(0)
            total[layer] = total[layer] + sums if layer in total else sums
            least, most = values.amin(0), values.amax(0)
            low[layer] = torch.minimum(low[layer], least) if layer in low else least
            high[layer] = torch.maximum(high[layer], most) if layer in high else most
            images[layer] += len(values)

        _watch(calibration, see)
        frequency = {layer: count / images[layer] for layer, count in fired.items()}
        mean = {layer: sums / images[layer] for layer, sums in total.items()}
        return mean, low, high, frequency, images


def _gather(calibration: Calibration, per_layer: PerLayer) -> dict[str, torch.Tensor]:
    return calibration.gather(
        lambda group: ((member, per_layer[member.module]) for member in group.consumers())
    )


def _watch(calibration: Calibration, see: Callable[[nn.Module, torch.Tensor], None]) -> None:
    """Call ``see`` with every batch's scaled channel values, ``[images, channels]``."""

    def scale(layer: nn.Module, values: torch.Tensor) -> None:
        flat = channels_first(layer, values)
        low, high = flat.amin((1, 2), keepdim=True), flat.amax((1, 2), keepdim=True)
        see(layer, ((flat - low) / (high - low).clamp_min(1e-12)).mean(2))

    with calibration.watching_inputs(scale):
        for _ in calibration.forward():
            pass


def _sections(calibration: Calibration, low: PerLayer, high: PerLayer, k: int) -> PerLayer:
    """Return the share of each channel's k sections that the images reach."""
    reached = {
        layer: torch.zeros(len(least), k, dtype=torch.bool, device=least.device)
        for layer, least in low.items()
    }

    def see(layer: nn.Module, values: torch.Tensor) -> None:
        width = (high[layer] - low[layer]).clamp_min(1e-12)
        section = ((values - low[layer]) / width * k).long().clamp(0, k - 1)
        reached[layer].scatter_(1, section.T, True)

    _watch(calibration, see)
    return {layer: flags.double().mean(1) for layer, flags in reached.items()}
