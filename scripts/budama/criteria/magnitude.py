"""Magnitude: channels with small weights go first.

Li et al., Pruning Filters for Efficient ConvNets, ICLR 2017, in the group form of Fang et al.,
DepGraph, CVPR 2023: the sum of squares over the channel's slice of every coupled layer (filters,
the next layers' kernels, norms' scales), averaged over the layers. Torch-Pruning's own leaves out
depthwise kernels. Needs weights only, no pass over the data.
"""

from collections.abc import Iterator

import torch

from budama.criteria.base import Calibration, Criterion
from budama.pruning.groups import ChannelGroup, Member


class Magnitude(Criterion):
    """Squared group L2 norm."""

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        sums = calibration.gather(_squares)
        return {
            group.name: sums[group.name] / sum(1 for _ in _squares(group))
            for group in calibration.groups
        }


def _squares(group: ChannelGroup) -> Iterator[tuple[Member, torch.Tensor]]:
    for member in group.members:
        slices = member.slices()
        if slices is not None:
            yield member, slices.double().square().sum(1)
