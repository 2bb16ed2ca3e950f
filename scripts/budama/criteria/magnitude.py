"""Magnitude: channels with small weights go first.

Li et al., Pruning Filters for Efficient ConvNets, ICLR 2017, in the group form of Fang et al.,
DepGraph, CVPR 2023: the sum of abs(w)**p over the channel's slice of every coupled layer (filters,
the next layers' kernels, norms' scales), averaged over the layers. Torch-Pruning's own leaves out
depthwise kernels. Needs weights only, no pass over the data.
"""

import torch
from pydantic import Field

from budama.config.base import Strict
from budama.criteria.base import Calibration, Criterion


class Options(Strict):
    """``p``: the norm; 1 and 2 are usual."""

    p: float = Field(2, gt=0)


class Magnitude(Criterion):
    """Group Lp norm, to the power of p."""

    Options = Options
    needs = "weights"
    passes = 0

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        return group_norms(calibration, self.options.p)


def group_norms(calibration: Calibration, p: float) -> dict[str, torch.Tensor]:
    """Return the mean over a group's layers of the sum of abs(w)**p, per channel."""
    weighted = {
        group.name: [(m, slices) for m in group.members if (slices := m.slices()) is not None]
        for group in calibration.groups
    }
    sums = calibration.gather(
        lambda group: ((member, _power(slices, p)) for member, slices in weighted[group.name])
    )
    return {name: total / len(weighted[name]) for name, total in sums.items()}


def _power(slices: torch.Tensor, p: float) -> torch.Tensor:
    return slices.abs().pow(p).sum(1, dtype=torch.float64)
