"""FPGM: filters that the others of their layer could replace go first.

He et al., Filter Pruning via Geometric Median, CVPR 2019: the score of a filter is the sum of its
Euclidean distances to all filters of its layer; what is near the geometric median is redundant.
Averaged over the coupled layers' filters. Needs weights only, no pass over the data.
"""

from collections.abc import Iterator

import torch

from budama.criteria.base import Calibration, Criterion
from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Member


class Fpgm(Criterion):
    """Sum of distances to the other filters."""

    needs = "weights"
    passes = 0

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        sums = calibration.gather(_distances)
        filters = {group.name: len(list(_filters(group))) for group in calibration.groups}
        return {name: total / filters[name] for name, total in sums.items()}


def _filters(group: ChannelGroup) -> Iterator[Member]:
    return (member for member in group.producers() if member.filters)


def _distances(group: ChannelGroup) -> Iterator[tuple[Member, torch.Tensor]]:
    for member in _filters(group):
        slices = member.slices()
        assert slices is not None, "a filter has weights"
        # distances stay the same and round less around the mean; that to itself is exactly zero
        centred = slices - slices.mean(0)
        yield member, torch.cdist(centred, centred).fill_diagonal_(0).sum(1, dtype=torch.float64)
