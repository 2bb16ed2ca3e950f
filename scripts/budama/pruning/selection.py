"""Which channels stay: as far down the order of cuts as the budget asks.

Cuts by different channel ratios are nested. Those for different targets need not be: where a block
is too coarse for a target, it is passed over.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter

from budama.config.budget import AUTO, Budget, Scope
from budama.config.cut import Normaliser
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import Cut, Scores, Widths, order_of_cuts, too_small
from budama.pruning.target import CostLeft, OutOfReachError, around, is_met, out_of_reach
from budama.pruning.timed.clock import Clock
from budama.pruning.timed.knapsack import order_by_time

log = logging.getLogger("budama")

# Counts what is left of the dense cost when the channels that stay are these, group by group
Count = Callable[[dict[str, list[int]]], float]
_CORRECTIONS = 8
_FAR = 2  # times as far from a target as two neighbouring cuts are from each other


@dataclass(frozen=True)
class Selection:
    """The channels that stay in each layer, ascending, and the layers too small to be rounded."""

    kept: dict[str, list[int]]
    too_small: list[str]


def select(
    groups: Sequence[ChannelGroup],
    scores: Scores,
    scope: Scope,
    budget: Budget,
    cost_left: CostLeft | None = None,
    count: Count | None = None,
    *,
    dense_units: dict[str, int] | None = None,
    normaliser: Normaliser = "mean",
    clock: Clock | None = None,
) -> Selection:
    """Return the channels that stay.

    ``scores`` maps a group's name to the importance of its channels, ``[channels]``. With a channel
    ratio r, the ``layer`` scope keeps the floor of (1 - r) x units of each layer, as published, and
    the ``global`` scope the floor of (1 - r) x all channels; ``round_to`` rounds down further. With
    a target for MACs, parameters or size, ``cost_left`` estimates what share of the dense cost a
    cut leaves, and ``count`` counts it; what is counted is within 1% of the target. Without
    ``count``, the estimate is taken for exact.
    With a target for latency, ``clock`` times what a cut leaves, within 3% of the target, and the
    ``global`` scope keeps the most importance for the time that is there (``order_by_time``); with
    that and with ``round_to: auto``, layers are cut down to widths that pay off on its device.
    ``dense_units`` and ``normaliser`` are as in ``order_of_cuts``.
    Raises ``BudamaError`` for scores that are not finite, and its kind ``OutOfReachError`` for a
    budget that cannot be met.
    """
    round_to = _rounding(budget, clock)
    dense = {group.name: group.units for group in groups} | (dense_units or {})
    if budget.kind == "latency" and scope == "global":
        assert clock is not None, "time is measured"
        cuts = order_by_time(groups, scores, clock, normaliser)
    else:
        cuts = order_of_cuts(
            groups, scores, scope, round_to, dense_units=dense, normaliser=normaliser
        )
    if budget.kind == "channels" and scope == "layer":
        ratio = Fraction(repr(budget.value))
        kept = _kept(groups, [cut for cut in cuts if cut.lost_before < ratio])
    elif budget.kind == "channels":
        number = _global_share(groups, cuts, Fraction(repr(budget.value)), dense)
        kept = _kept(groups, cuts[:number])
    elif budget.kind == "latency":
        assert clock is not None, "time is measured"
        kept = _kept(groups, clock.meet(cuts, groups, budget.value))
    else:
        assert cost_left is not None, "a target needs a cost"
        kept = _for_target(groups, cuts, budget, cost_left, count)
    small = too_small(groups, round_to)
    if small and isinstance(round_to, int):
        log.warning("fewer than %s channels, left whole: %s", round_to, small)
    return Selection(kept, small)


def _rounding(budget: Budget, clock: Clock | None) -> int | Widths:
    if not budget.reads_costs:
        assert budget.round_to != AUTO
        return budget.round_to
    assert clock is not None, "widths that pay off are measured"
    return clock.widths


def _kept(groups: Sequence[ChannelGroup], cuts: Sequence[Cut]) -> dict[str, list[int]]:
    """Return the channels of each group that ``cuts`` leave."""
    gone: list[list[int]] = [[] for _ in groups]
    for cut in cuts:
        gone[cut.layer] += cut.units
    return {
        group.name: group.channels_of(sorted(set(range(group.units)) - set(units)))
        for group, units in zip(groups, gone, strict=True)
    }


def _for_target(
    groups: Sequence[ChannelGroup],
    cuts: Sequence[Cut],
    budget: Budget,
    cost_left: CostLeft,
    count: Count | None,
) -> dict[str, list[int]]:
    """Return the channels that stay so that what is counted meets the target.

    Where the estimate was wrong by more than the target allows, it is put right by its error, and
    asked again.
    """
    target, error = budget.value, 0.0
    tried: list[tuple[float, float]] = []
    for _ in range(_CORRECTIONS):
        reached = around(
            cuts,
            len(groups),
            target,
            lambda lost, error=error: cost_left(lost) + error,  # type: ignore[misc]
        )
        lefts: list[float] = []
        for reach in reached:
            if lefts and abs(lefts[0] - target) > _FAR * abs(reach.left - reached[0].left):
                break  # neither is what was looked for
            kept = _kept(groups, reach.cuts)
            lefts.append(count(kept) if count else reach.left)
            if is_met(lefts[-1], target):
                return kept
        if len(lefts) == len(reached) and all(
            (left > target) == (reach.left > target)
            for left, reach in zip(lefts, reached, strict=True)
        ):
            break
        tried.append((error, lefts[0]))
        error = _next_error(tried, target, reached[0].left)
    raise out_of_reach(budget, lefts)


def _next_error(tried: Sequence[tuple[float, float]], target: float, estimated: float) -> float:
    """Return by how much the estimate is too low near ``target``.

    ``tried`` are the errors that were assumed, each with the share that was counted then. Between
    one that led too high and one that led too low it is interpolated; before, what was counted last
    tells against what was ``estimated``.
    """
    high = min((pair for pair in tried if pair[1] > target), key=itemgetter(1), default=None)
    low = max((pair for pair in tried if pair[1] < target), key=itemgetter(1), default=None)
    if high is None or low is None:
        last, counted = tried[-1]
        return last + counted - estimated
    return low[0] + (high[0] - low[0]) * (target - low[1]) / (high[1] - low[1])


def _global_share(
    groups: Sequence[ChannelGroup], cuts: list[Cut], ratio: Fraction, dense: dict[str, int]
) -> int:
    """Return how many cuts it takes until the floor of (1 - ratio) x all channels is left."""
    total = sum(dense[group.name] * group.copies for group in groups)
    gone = total - sum(group.units * group.copies for group in groups)
    to_cut = total - int(total * (1 - ratio)) - gone
    for number, cut in enumerate(cuts):
        if to_cut <= 0 and not cut.aligns:
            return number
        to_cut -= len(cut.units) * groups[cut.layer].copies
    if to_cut > 0:
        raise OutOfReachError("the budget asks for more channels than the layers may lose together")
    return len(cuts)
