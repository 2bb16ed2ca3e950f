"""LAMP: magnitude that is comparable between layers.

Lee et al., Layer-adaptive Sparsity for the Magnitude-based Pruning, ICLR 2021, for channels: the
squared norm of a channel over the sum of the squared norms of all channels of its layer that are at
least as large. Within a layer the order is magnitude's; between layers the score is the share of
what would be left. Needs weights only, no pass over the data.
"""

import torch

from budama.criteria.base import Calibration, Criterion
from budama.criteria.magnitude import group_norms
from budama.pruning.normalisers import over_what_is_left


class Lamp(Criterion):
    """Layer-adaptive squared group L2 norm."""

    needs = "weights"
    passes = 0
    normalisers = ("raw",)  # they are normalised already

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        return {
            name: over_what_is_left(norms) for name, norms in group_norms(calibration, 2).items()
        }
