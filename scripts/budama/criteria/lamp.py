"""LAMP: magnitude that is comparable between layers.

Lee et al., Layer-adaptive Sparsity for the Magnitude-based Pruning, ICLR 2021, for channels: the
squared norm of a channel over the sum of the squared norms of all channels of its layer that are at
least as large. Within a layer the order is magnitude's; between layers the score is the share of
what would be left. Needs weights only, no pass over the data.
"""

import torch

from budama.criteria.base import Calibration, Criterion
from budama.criteria.magnitude import group_norms


class Lamp(Criterion):
    """Layer-adaptive squared group L2 norm."""

    needs = "weights"
    passes = 0
    comparable = True

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        return {name: adapt(norms) for name, norms in group_norms(calibration, 2).items()}


def adapt(squares: torch.Tensor) -> torch.Tensor:
    """Divide each value by the sum of those that are not smaller, ``[channels]``."""
    ascending, order = squares.sort(stable=True)
    remaining = ascending.flip(0).cumsum(0).flip(0)
    # equal values share the largest of their sums, so that their order does not matter
    first = torch.searchsorted(ascending, ascending)
    result = torch.empty_like(squares)
    result[order] = ascending / remaining[first].clamp_min(torch.finfo(squares.dtype).tiny)
    return result
