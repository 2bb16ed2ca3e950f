"""Wanda: channels that the next layer weighs little, times how strong they are, go first.

Sun et al., A Simple and Effective Pruning Approach for Large Language Models, ICLR 2024, in the
structured form of FLAP (An et al., AAAI 2024): for input channel j of a layer that reads it, the
mean of abs(W) over the layer's outputs and kernel positions, times the root mean square of the
channel over images and positions; a depthwise layer weighs its own channel. Summed over the coupled
layers. Needs activations: one forward pass.
"""

import torch

from budama.criteria.base import Calibration, Criterion
from budama.pruning.members import Member


class Wanda(Criterion):
    """Weight times activation norm, per channel."""

    needs = "activations"

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        energy = calibration.mean_input(_energy)
        return calibration.gather(
            lambda group: (
                (member, _mean_weight(member) * energy[member.module].sqrt())
                for member in group.consumers()
            )
        )


def _energy(values: torch.Tensor) -> torch.Tensor:
    """Return each image's mean of squares, ``[images, channels]``; float16 would overflow."""
    return values.float().square().mean(2)


def _mean_weight(member: Member) -> torch.Tensor:
    slices = member.slices()
    assert slices is not None, "what reads channels has weights"
    return slices.double().abs().mean(1)
