"""Wanda: channels that the next layer weighs little, times how strong they are, go first.

Sun et al., A Simple and Effective Pruning Approach for Large Language Models, ICLR 2024, in the
structured form of FLAP (An et al., AAAI 2024): for input channel j of a layer that reads it, the
mean of abs(W) over the layer's outputs and kernel positions, times the root mean square of the
channel over images and positions; a depthwise layer weighs its own channel. Summed over the coupled
layers. Needs activations: one forward pass.
"""

from collections import defaultdict

import torch
from torch import nn

from budama.criteria.base import Calibration, Criterion, channels_first
from budama.pruning.groups import Member


class Wanda(Criterion):
    """Weight times activation norm, per channel."""

    needs = "activations"

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        squares: dict[nn.Module, torch.Tensor] = {}
        seen: defaultdict[nn.Module, int] = defaultdict(int)

        def see(layer: nn.Module, values: torch.Tensor) -> None:
            flat = channels_first(layer, values)
            energy = flat.float().square().sum((0, 2)).double()
            squares[layer] = squares[layer] + energy if layer in squares else energy
            seen[layer] += flat.shape[0] * flat.shape[2]

        with calibration.watching_inputs(see):
            for _ in calibration.forward():
                pass
        return calibration.gather(
            lambda group: (
                (
                    member,
                    _mean_weight(member) * (squares[member.module] / seen[member.module]).sqrt(),
                )
                for member in group.consumers()
            )
        )


def _mean_weight(member: Member) -> torch.Tensor:
    slices = member.slices()
    assert slices is not None, "what reads channels has weights"
    return slices.double().abs().mean(1)
