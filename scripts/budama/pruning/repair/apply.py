"""The repair that a cell asks for, and what it changed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from torch import nn

from budama.config.cut import Repair
from budama.pruning.groups import ChannelGroup
from budama.pruning.repair.norms import Batch, measure_norms
from budama.pruning.repair.refit import COLUMNS, refit


@dataclass(frozen=True)
class Repairer:
    """What a repair looks at: the dense network, its groups, and training images.

    ``batches`` gives the images anew at each call.
    """

    dense: nn.Module
    groups: Sequence[ChannelGroup]
    batches: Callable[[], Iterable[Batch]]

    def repair(
        self, cut: nn.Module, kept: Mapping[str, Sequence[int]], how: Repair
    ) -> pd.DataFrame:
        """Repair ``cut`` in place, which holds the channels ``kept`` of the dense network.

        Returns the table of ``refit``, which is empty for the other repairs.
        """
        if how == "refit":
            return refit(self.dense, cut, self.groups, kept, self.batches())
        if how == "norms":
            measure_norms(cut, self.batches())
        return pd.DataFrame(columns=COLUMNS)

    def biases(self, cut: nn.Module) -> list[str]:
        """Return the layers of ``cut`` that have a bias, and had none in the dense network."""
        had = dict(self.dense.named_modules())
        return [
            name
            for name, layer in cut.named_modules()
            if isinstance(layer, nn.Conv2d | nn.Linear)
            and layer.bias is not None
            and had[name].bias is None
        ]
