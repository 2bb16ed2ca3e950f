"""A criterion of your own: channels whose strong activations are weak go first.

In the config: ``criteria: {strong: {file: docs/own_criterion.py, options: {quantile: 0.9}}}``
"""

import torch
from pydantic import Field

from budama.config.base import Strict
from budama.criteria.base import Calibration, Criterion


class Options(Strict):
    quantile: float = Field(0.95, gt=0, lt=1)


class Strong(Criterion):
    """The mean over the images of a quantile of each channel's activations."""

    Options = Options
    needs = "activations"

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        def strength(values: torch.Tensor) -> torch.Tensor:  # [images, channels, positions]
            return values.float().quantile(self.options.quantile, dim=2)

        strengths = calibration.mean_input(strength)
        return calibration.gather(
            lambda group: ((member, strengths[member.module]) for member in group.consumers())
        )
