"""How a budget in time is met: estimated, timed as a whole, put right, estimated again."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch

from budama.config.budget import Budget
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import Cut
from budama.pruning.target import TIMED_TOLERANCE, Reach, around, nearest, out_of_reach
from budama.pruning.timed.model import TimeModel
from budama.pruning.timed.table import CostTable

log = logging.getLogger("budama")
# What is timed in short is to lie within half of what is allowed
SHORT_TOLERANCE = TIMED_TOLERANCE / 2
_TRIES = 8

# Times a whole network whose groups have these units left: the share of the dense time
Timer = Callable[[Mapping[str, int]], float]


@dataclass
class Clock:
    """What a task's device was measured to do, and what times a candidate there in short.

    Without a ``timer``, the estimate is taken for exact. ``bias`` is how much more a thorough
    measurement gave; ``tried`` are the candidates: the share of the dense time estimated, and as
    timed.
    """

    table: CostTable
    timer: Timer | None = None
    bias: float = 0.0
    tried: list[tuple[float, float]] = field(default_factory=list)

    @cached_property
    def widths(self) -> dict[str, list[int]]:
        """The numbers of units of each group that pay off."""
        return self.table.widths()

    def model(self, groups: Sequence[ChannelGroup]) -> TimeModel:
        """Return the estimate of times for ``groups``."""
        return TimeModel(self.table, groups)

    def meet(self, cuts: Sequence[Cut], groups: Sequence[ChannelGroup], target: float) -> list[Cut]:
        """Return the first of ``cuts`` by which a network takes ``target`` of the dense time.

        Where what is timed is not what was estimated, the error is nearly the same for all cuts
        near the target: put right by it, the estimate is asked again.
        Raises ``OutOfReachError`` with the nearest times on both sides if none is near enough.
        """
        if self.timer is None:
            return self._estimated(cuts, groups, target)
        model, error = self.model(groups), 0.0
        seen: dict[tuple[int, ...], tuple[float, Reach]] = {}
        for _ in range(_TRIES):
            reached = around(
                cuts,
                len(groups),
                target,
                lambda lost, error=error: model.of(lost.tolist()) + error,  # type: ignore[misc]
            )
            new = [(reach, _widths(groups, reach.cuts)) for reach in reached]
            new = [(reach, widths) for reach, widths in new if tuple(widths.values()) not in seen]
            if not new:
                break
            reach, widths = new[0]
            left = self.timer(widths) + self.bias
            self.tried.append((round(reach.left - error, 4), round(left, 4)))
            log.info("estimated %.3f of the dense time, timed %.3f", *self.tried[-1])
            seen[tuple(widths.values())] = left, reach
            if abs(left - target) <= SHORT_TOLERANCE * target:
                return list(reach.cuts)
            error += left - reach.left
        return _nearest(seen.values(), target)

    def _estimated(
        self, cuts: Sequence[Cut], groups: Sequence[ChannelGroup], target: float
    ) -> list[Cut]:
        model = self.model(groups)
        reached = around(cuts, len(groups), target, lambda lost: model.of(lost.tolist()))
        return _nearest([(reach.left, reach) for reach in reached], target)


def _widths(groups: Sequence[ChannelGroup], cuts: Sequence[Cut]) -> dict[str, int]:
    lost = torch.zeros(len(groups), dtype=torch.int64)
    for cut in cuts:
        lost[cut.layer] += len(cut.units)
    return {group.name: group.units - int(gone) for group, gone in zip(groups, lost, strict=True)}


def _nearest(seen: Iterable[tuple[float, Reach]], target: float) -> list[Cut]:
    """Return the cuts that came nearest to ``target``; raises if they are not near enough."""
    every = list(seen)
    left, reach = min(every, key=lambda found: abs(found[0] - target))
    if abs(left - target) <= TIMED_TOLERANCE * target:
        return list(reach.cuts)
    raise out_of_reach(Budget(latency=target), nearest((found[0] for found in every), target))
