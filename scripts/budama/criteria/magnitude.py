"""Magnitude: channels with small weights go first.

The group form of Li et al., Pruning Filters for Efficient ConvNets, ICLR 2017, as Torch-Pruning
computes it: sum of squares over the channel's slices of every coupled layer, averaged over the
layers. Needs weights only, no pass over the data.
"""

import torch
import torch_pruning as tp

from budama.criteria.base import Calibration, Criterion


class Magnitude(Criterion):
    """Squared group L2 norm."""

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        importance = tp.importance.GroupMagnitudeImportance(p=2, normalizer=None)
        return {group.name: importance(group.coupling) for group in calibration.groups}
