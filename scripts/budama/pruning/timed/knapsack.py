"""The most importance for the time that is there: in which order widths are given up.

A knapsack of which each layer takes one of its widths, filled greedily: what goes next is the block
of units with the least importance for the time that it saves where the other layers have arrived.
After HALP (Shen et al., NeurIPS 2022, arXiv 2110.10811), whose blocks are those of a table of
latencies, and NetAdapt (Yang et al., ECCV 2018), which goes down by what was measured.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import torch

from budama.config.cut import Normaliser
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import Cut, Scores, least_left, unit_scores, worst_first
from budama.pruning.timed.clock import Clock
from budama.pruning.timed.model import State, TimeModel


def order_by_time(
    groups: Sequence[ChannelGroup],
    scores: Scores,
    clock: Clock,
    normaliser: Normaliser,
) -> list[Cut]:
    """Return the cuts by which layers shrink, the first to go first.

    ``scores`` maps a group's name to the importance of its channels, ``[channels]``, which the
    ``normaliser`` makes comparable between layers. Only widths that pay off are stops on the way,
    and no layer loses more than nine tenths.
    Raises ``BudamaError`` that names a layer whose scores are not finite.
    """
    stairs = [
        _Stairs(group, unit_scores(group, scores[group.name], normaliser), clock.widths[group.name])
        for group in groups
    ]
    model = clock.model(groups)
    state = model.start()
    best = [stair.best(model, state, place) for place, stair in enumerate(stairs)]
    found: list[Cut] = []
    while any(math.isfinite(step.rank) for step in best):
        place = min(range(len(best)), key=lambda g: best[g].rank)
        found.append(stairs[place].take(place, best[place].width))
        model.move(state, place, stairs[place].lost)
        for other in model.neighbours(place):
            best[other] = stairs[other].best(model, state, other)
    return found


class _Step(NamedTuple):
    rank: float
    width: int


class _Stairs:
    """A group on its way down: the widths that are left, and its units in their order."""

    def __init__(self, group: ChannelGroup, values: torch.Tensor, widths: Sequence[int]) -> None:
        self._group = group
        self._order, stay = worst_first(group, values)
        self._sums = np.concatenate([[0.0], values[self._order].double().cumsum(0).numpy()])
        least = max(stay, least_left(group.units))
        self._left = sorted((w for w in widths if least <= w < group.units), reverse=True)
        self.lost = 0

    def best(self, model: TimeModel, state: State, place: int) -> _Step:
        """Return the step down with the least importance for its time, and its rank."""
        if not self._left:
            return _Step(math.inf, 0)
        lost = self._group.units - np.array(self._left)
        importance = self._sums[lost] - self._sums[self.lost]
        saved = model.saved(state, place, lost.astype(float))
        ranks = np.where(saved > 0, importance / np.maximum(saved, 1e-12), math.inf)
        first = int(np.argmin(ranks))
        return _Step(float(ranks[first]), self._left[first])

    def take(self, place: int, width: int) -> Cut:
        """Go down to ``width`` and return the cut that does so."""
        lost = self._group.units - width
        units = tuple(self._order[self.lost : lost])
        cut = Cut(place, units, Fraction(self.lost, self._group.units), aligns=False)
        self.lost = lost
        self._left = [w for w in self._left if w < width]
        return cut
