"""A criterion of your own: channels whose strong activations are weak go first.

In the config: ``criteria: {strong: {file: docs/own_criterion.py, options: {quantile: 0.9}}}``
"""

from collections import defaultdict

import torch
from pydantic import Field
from torch import nn

from budama.config.base import Strict
from budama.criteria.base import Calibration, Criterion, channels_first


class Options(Strict):
    quantile: float = Field(0.95, gt=0, lt=1)


class Strong(Criterion):
    """The mean over the batches of a quantile of each channel's activations."""

    Options = Options
    needs = "activations"

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        sums: defaultdict[nn.Module, torch.Tensor | float] = defaultdict(float)

        def see(layer: nn.Module, values: torch.Tensor) -> None:
            flat = channels_first(layer, values).transpose(0, 1).flatten(1)
            sums[layer] = sums[layer] + flat.quantile(self.options.quantile, dim=1)

        with calibration.watching_inputs(see):
            for _ in calibration.forward():
                pass
        return calibration.gather(
            lambda group: ((member, sums[member.module]) for member in group.consumers())
        )
