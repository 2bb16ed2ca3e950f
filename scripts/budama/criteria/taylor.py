"""Taylor: channels whose removal changes the loss least, to first order, go first.

Molchanov et al., Importance Estimation for Neural Network Pruning, CVPR 2019, eq. 8: the square of
the sum of gradient x weight over a filter, per batch, then averaged over the batches, so that
gradients of different batches do not cancel. Summed over the filters that are coupled. Needs
gradients: one forward and backward pass.
"""

import torch
from torch import nn

from budama.criteria.base import Calibration, Criterion


class Taylor(Criterion):
    """First-order Taylor expansion of the loss."""

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        layers = {
            member.module: None
            for group in calibration.groups
            for member in group.producers()
            if isinstance(member.module, nn.Conv2d | nn.Linear)
        }
        sums = {layer: torch.zeros(len(layer.weight), dtype=torch.float64) for layer in layers}
        batches = 0
        for _ in calibration.backward():
            batches += 1
            for layer, total in sums.items():
                total.add_(_change(layer).double().cpu().square())
        return calibration.gather(
            lambda group: (
                (member, sums[member.module] / batches)
                for member in group.producers()
                if member.module in sums
            )
        )


def _change(layer: nn.Module) -> torch.Tensor:
    """Return gradient x weight summed over each filter, ``[filters]``."""
    return sum(  # type: ignore[return-value]
        (p.grad * p.detach()).flatten(1).sum(1) if p.ndim > 1 else p.grad * p.detach()
        for p in layer.parameters(recurse=False)
        if p.grad is not None
    )
