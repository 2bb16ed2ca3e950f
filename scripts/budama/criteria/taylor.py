"""Taylor: channels whose removal changes the loss least, to first order, go first.

Molchanov et al., Importance Estimation for Neural Network Pruning, CVPR 2019. ``filter`` (eq. 8):
the square of the sum of gradient x weight over a filter. ``gate``, their best: the square of the
sum of gradient x value over a batch norm's scale and shift, which is what a gate behind it would
feel; a group without a batch norm falls back on its filters. Either per batch, then averaged over
the batches, so that gradients of different batches do not cancel, and summed over what is coupled.
A batch smaller than others counts by the square of its images. Scores depend on the batches' size.
In the global scope they are divided by their layer's mean, where the paper ranks them as they are.
Needs gradients: one forward and backward pass.
"""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import nn

from budama.config.base import Strict
from budama.criteria.base import Calibration, Criterion
from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Member


class Options(Strict):
    """``variant``: ``filter`` or ``gate``."""

    variant: Literal["filter", "gate"] = "filter"


class Taylor(Criterion):
    """First-order Taylor expansion of the loss."""

    Options = Options
    needs = "gradients"

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        members = {group.name: list(self._watched(group)) for group in calibration.groups}
        sums = {
            member.module: (member, torch.zeros(member.width, dtype=torch.float64))
            for watched in members.values()
            for member in watched
        }
        weights = 0
        for images in calibration.backward():
            # gradients are those of a batch's mean loss: of few images, they are mostly noise
            weights += images**2
            for member, total in sums.values():
                total.add_(_change(member).cpu().square(), alpha=images**2)
        return calibration.gather(
            lambda group: ((m, sums[m.module][1] / weights) for m in members[group.name])
        )

    def _watched(self, group: ChannelGroup) -> Iterator[Member]:
        gates = [
            m for m in group.producers() if isinstance(m.module, nn.modules.batchnorm._BatchNorm)
        ]
        if self.options.variant == "gate" and gates:
            yield from gates
        else:
            yield from (member for member in group.producers() if member.filters)


def _change(member: Member) -> torch.Tensor:
    """Return gradient x value summed over what belongs to each output channel, ``[channels]``."""
    total = torch.zeros((), dtype=torch.float64)
    for parameter in member.module.parameters(recurse=False):
        axis = member.axis if parameter.ndim > 1 else 0
        # others are not the channels' own, such as an adapter's
        if parameter.grad is not None and parameter.shape[axis] == member.width:
            change = parameter.detach() * parameter.grad
            total = total + change.movedim(axis, 0).reshape(member.width, -1).sum(1)
    return total
