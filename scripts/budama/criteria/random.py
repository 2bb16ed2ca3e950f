"""Random: the control that every criterion has to beat. Needs nothing but a seed."""

import torch

from budama.criteria.base import Calibration, Criterion


class Random(Criterion):
    """Independent uniform scores, drawn anew for each seed."""

    needs = "weights"
    passes = 0
    normalisers = ("raw", "lamp")  # they are alike in all layers as they are

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        return {group.name: torch.ones(group.channels) for group in calibration.groups}

    def for_seed(self, scores: dict[str, torch.Tensor], seed: int) -> dict[str, torch.Tensor]:
        """See ``Criterion.for_seed``."""
        generator = torch.Generator().manual_seed(seed)
        return {name: torch.rand(len(ones), generator=generator) for name, ones in scores.items()}
