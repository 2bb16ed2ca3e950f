"""How a budget in time is met: estimated, timed as a whole, put right, estimated again."""

import logging
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import torch

from budama.config.budget import Budget
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import Cut
from budama.pruning.target import TIMED_TOLERANCE, Reach, around, nearest, out_of_reach
from budama.pruning.timed.model import TimeModel
from budama.pruning.timed.table import CostTable

log = logging.getLogger("budama")
# What is timed in short ends the search within half of what is allowed
SHORT_TOLERANCE = TIMED_TOLERANCE / 2
TRIES = 5
# Errors of the estimate count where what was timed is so near to the target
_NEAR = 0.25

# Times a whole network whose groups have these units left: the share of the dense time
Timer = Callable[[Mapping[str, int]], float]


class Tried(NamedTuple):
    """A candidate: the share of the dense time estimated, and as timed, in short or not."""

    estimated: float
    timed: float
    thorough: bool = False


@dataclass
class Clock:
    """What a task's device was measured to do, and what times a candidate there in short.

    Without a ``timer``, the estimate is taken for exact, but for the errors of what was ``tried``
    before. With one, so many ``tries`` are timed at most.
    """

    table: CostTable
    timer: Timer | None = None
    tried: list[Tried] = field(default_factory=list)
    tries: int = TRIES
    _chosen: float = field(default=0.0, init=False)

    @cached_property
    def widths(self) -> dict[str, list[int]]:
        """The numbers of units of each group that pay off."""
        return self.table.widths()

    def model(self, groups: Sequence[ChannelGroup]) -> TimeModel:
        """Return the estimate of times for ``groups``."""
        return TimeModel(self.table, groups)

    def note(self, timed: float) -> None:
        """Remember what the last cuts that ``meet`` returned take by the latency stage's rules."""
        self.tried.append(Tried(self._chosen, timed, thorough=True))

    def meet(self, cuts: Sequence[Cut], groups: Sequence[ChannelGroup], target: float) -> list[Cut]:
        """Return the first of ``cuts`` by which a network takes ``target`` of the dense time.

        Where what is timed is not what was estimated, the error is nearly the same for all cuts
        near the target: put right by it, the estimate is asked again. A single timing in short may
        err by more than the target allows, and so the errors' mean is taken.
        Raises ``OutOfReachError`` with the nearest times on both sides if none is near enough.
        """
        model = self.model(groups)
        timed: dict[tuple[int, ...], float] = {}

        def left_by(reach: Reach) -> float:
            if self.timer is None:
                return reach.left
            widths = _widths(groups, reach.cuts)
            key = tuple(widths.values())
            if key not in timed:
                timed[key] = self.timer(widths)
            return timed[key]

        for _ in range(self.tries):
            error = self._error(target)
            reached = self._around(cuts, groups, target, model, error)
            reach, known = reached[0], len(timed)
            self._chosen = reach.left - error
            found = left_by(reach)
            if len(timed) == known:
                break
            self.tried.append(Tried(self._chosen, found))
            log.info("estimated %.3f of the dense time, timed %.3f", self._chosen, found)
            if abs(found - target) <= SHORT_TOLERANCE * target:
                return list(reach.cuts)
        if abs(reach.left - target) <= TIMED_TOLERANCE * target:
            return list(reach.cuts)
        # what is named is what was timed
        lefts = [left_by(candidate) for candidate in reached]
        for reach, left in zip(reached, lefts, strict=True):
            if abs(left - target) <= TIMED_TOLERANCE * target:
                self._chosen = reach.left - error
                return list(reach.cuts)
        raise out_of_reach(Budget(latency=target), nearest(lefts, target))

    def _around(
        self,
        cuts: Sequence[Cut],
        groups: Sequence[ChannelGroup],
        target: float,
        model: TimeModel,
        error: float,
    ) -> list[Reach]:
        """Return what ``around`` does; where blocks are too coarse, they go width by width."""

        def cost_left(lost: torch.Tensor) -> float:
            return model.of(lost.tolist()) + error

        reached = around(cuts, len(groups), target, cost_left)
        if abs(reached[0].left - target) <= SHORT_TOLERANCE * target:
            return reached
        finer = around(_width_by_width(cuts, groups, self.widths), len(groups), target, cost_left)
        return min(reached, finer, key=lambda found: abs(found[0].left - target))

    def _error(self, target: float) -> float:
        """Return how much longer networks take than is estimated, near ``target``.

        Where something was timed thoroughly, timings in short do not count.
        """
        thorough = [tried for tried in self.tried if tried.thorough]
        every = thorough or self.tried
        if not every:
            return 0.0
        near = [tried for tried in every if abs(tried.timed - target) <= _NEAR * target]
        near = near or [min(every, key=lambda tried: abs(tried.timed - target))]
        return statistics.mean(tried.timed - tried.estimated for tried in near)


def _width_by_width(
    cuts: Sequence[Cut], groups: Sequence[ChannelGroup], widths: Mapping[str, Sequence[int]]
) -> list[Cut]:
    """Return ``cuts`` with a stop at every width that pays off."""
    found: list[Cut] = []
    lost = [0] * len(groups)
    for cut in cuts:
        group, before = groups[cut.layer], lost[cut.layer]
        lost[cut.layer] += len(cut.units)
        inside = (group.units - width for width in widths[group.name])
        stops = sorted({before, lost[cut.layer], *inside})
        stops = [stop for stop in stops if before <= stop <= lost[cut.layer]]
        for start, stop in pairwise(stops):
            units = cut.units[start - before : stop - before]
            found.append(replace(cut, units=units, lost_before=Fraction(start, group.units)))
    return found


def _widths(groups: Sequence[ChannelGroup], cuts: Sequence[Cut]) -> dict[str, int]:
    lost = torch.zeros(len(groups), dtype=torch.int64)
    for cut in cuts:
        lost[cut.layer] += len(cut.units)
    return {group.name: group.units - int(gone) for group, gone in zip(groups, lost, strict=True)}
