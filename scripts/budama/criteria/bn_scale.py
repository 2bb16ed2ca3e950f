"""BN scale: channels that their norm hardly lets through go first.

Liu et al., Learning Efficient Convolutional Networks through Network Slimming, ICCV 2017: the
absolute value of the batch norm's scale; averaged over the coupled norms (layer and group norms,
too). Layers without a norm stay whole. Needs weights only, no pass over the data.
"""

from collections.abc import Iterator

import torch
from torch import nn

from budama.criteria.base import Calibration, Criterion
from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Member
from budama.system.errors import BudamaError

_NORMS = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)


class BnScale(Criterion):
    """Absolute scale of the norm."""

    needs = "weights"
    passes = 0

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``; raises ``BudamaError`` if no layer has a norm."""
        norms = {group.name: len(list(_scales(group))) for group in calibration.groups}
        if not any(norms.values()):
            raise BudamaError("bn_scale ranks channels by their norms, and this model has none")
        sums = calibration.gather(_scales)
        return {name: total / norms[name] for name, total in sums.items() if norms[name]}


def _scales(group: ChannelGroup) -> Iterator[tuple[Member, torch.Tensor]]:
    for member in group.producers():
        slices = member.slices() if isinstance(member.module, _NORMS) else None
        if slices is not None:
            yield member, slices.double().abs().sum(1)
