"""Random: the control that every criterion has to beat. Needs nothing but a seed."""

import torch

from budama.config.cut import Normaliser, NormaliserChoice
from budama.criteria.base import Calibration, Criterion


class Random(Criterion):
    """Independent uniform scores, drawn anew for each seed."""

    needs = "weights"
    passes = 0

    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """See ``Criterion.scores``."""
        return {group.name: torch.ones(group.channels) for group in calibration.groups}

    def for_seed(self, scores: dict[str, torch.Tensor], seed: int) -> dict[str, torch.Tensor]:
        """See ``Criterion.for_seed``."""
        generator = torch.Generator().manual_seed(seed)
        return {name: torch.rand(len(ones), generator=generator) for name, ones in scores.items()}

    def candidates(self, asked: NormaliserChoice) -> tuple[Normaliser, ...]:
        """See ``Criterion.candidates``; ``mean`` alone is ``raw``.

        Uniform numbers are alike in all layers as they are, and published cuts took them so. A
        choice of ``auto`` is among what it is among for every method.
        """
        return super().candidates("raw" if asked == "mean" else asked)
