"""How a budget in time is met: estimated, timed as a whole, put right, estimated again."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import torch

from budama.config.budget import Budget
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import Cut
from budama.pruning.target import TIMED_TOLERANCE, around, nearest, out_of_reach
from budama.pruning.timed.model import TimeModel
from budama.pruning.timed.table import CostTable

log = logging.getLogger("budama")
# What is timed in short ends the search within half of what is allowed
SHORT_TOLERANCE = TIMED_TOLERANCE / 2
_TRIES = 5
# Errors of the estimate count where what was timed is so near to the target
_NEAR = 0.25
# What is timed by the rules of the latency stage counts as much as so many in short
_THOROUGH = 10.0

# Times a whole network whose groups have these units left: the share of the dense time
Timer = Callable[[Mapping[str, int]], float]


class Tried(NamedTuple):
    """A candidate: the share of the dense time estimated, and as timed with so much weight."""

    estimated: float
    timed: float
    weight: float = 1.0


@dataclass
class Clock:
    """What a task's device was measured to do, and what times a candidate there in short.

    Without a ``timer``, the estimate is taken for exact, but for the errors of what was ``tried``
    before.
    """

    table: CostTable
    timer: Timer | None = None
    tried: list[Tried] = field(default_factory=list)
    _chosen: float = 0.0

    @cached_property
    def widths(self) -> dict[str, list[int]]:
        """The numbers of units of each group that pay off."""
        return self.table.widths()

    def model(self, groups: Sequence[ChannelGroup]) -> TimeModel:
        """Return the estimate of times for ``groups``."""
        return TimeModel(self.table, groups)

    def note(self, timed: float) -> None:
        """Remember what the last cuts that ``meet`` returned take by the latency stage's rules."""
        self.tried.append(Tried(self._chosen, timed, _THOROUGH))

    def meet(self, cuts: Sequence[Cut], groups: Sequence[ChannelGroup], target: float) -> list[Cut]:
        """Return the first of ``cuts`` by which a network takes ``target`` of the dense time.

        Where what is timed is not what was estimated, the error is nearly the same for all cuts
        near the target: put right by it, the estimate is asked again. A single timing in short may
        err by more than the target allows, and so the errors' mean is taken.
        Raises ``OutOfReachError`` with the nearest times on both sides if none is near enough.
        """
        model, timed = self.model(groups), set()
        for _ in range(_TRIES):
            error = self._error(target)
            reached = around(
                cuts,
                len(groups),
                target,
                lambda lost, error=error: model.of(lost.tolist()) + error,  # type: ignore[misc]
            )
            reach, widths = reached[0], _widths(groups, reached[0].cuts)
            self._chosen = reach.left - error
            if self.timer is None or tuple(widths.values()) in timed:
                break
            timed.add(tuple(widths.values()))
            found = self.timer(widths)
            self.tried.append(Tried(self._chosen, found))
            log.info("estimated %.3f of the dense time, timed %.3f", self._chosen, found)
            if abs(found - target) <= SHORT_TOLERANCE * target:
                return list(reach.cuts)
        if abs(reach.left - target) > TIMED_TOLERANCE * target:
            raise out_of_reach(
                Budget(latency=target), nearest((found.left for found in reached), target)
            )
        return list(reach.cuts)

    def _error(self, target: float) -> float:
        """Return how much longer networks take than is estimated, near ``target``."""
        if not self.tried:
            return 0.0
        near = [t for t in self.tried if abs(t.timed - target) <= _NEAR * target]
        near = near or [min(self.tried, key=lambda t: abs(t.timed - target))]
        weight = sum(t.weight for t in near)
        return sum(t.weight * (t.timed - t.estimated) for t in near) / weight


def _widths(groups: Sequence[ChannelGroup], cuts: Sequence[Cut]) -> dict[str, int]:
    lost = torch.zeros(len(groups), dtype=torch.int64)
    for cut in cuts:
        lost[cut.layer] += len(cut.units)
    return {group.name: group.units - int(gone) for group, gone in zip(groups, lost, strict=True)}
