"""Which channels stay: as far down the order of cuts as the budget asks."""

import logging
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch

from budama.config.budget import Budget, Scope
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import Cut, Scores, order_of_cuts, too_small
from budama.system.errors import BudamaError

log = logging.getLogger("budama")
TOLERANCE = 0.01

# What is left of the dense cost when each group has lost so many units
CostLeft = Callable[[torch.Tensor], float]


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
    *,
    dense_units: dict[str, int] | None = None,
    comparable: bool = False,
) -> Selection:
    """Return the channels that stay.

    ``scores`` maps a group's name to the importance of its channels, ``[channels]``. With a channel
    ratio r, the ``layer`` scope keeps the floor of (1 - r) x units of each layer, as published, and
    the ``global`` scope the floor of (1 - r) x all channels; ``round_to`` rounds down further. With
    a target for MACs, parameters or size, ``cost_left`` says what share of the dense cost a cut
    leaves, and the cut nearest to the target is taken.
    ``dense_units`` and ``comparable`` are as in ``order_of_cuts``.
    Raises ``BudamaError`` for scores that are not finite and for a budget out of reach.
    """
    dense = {group.name: group.units for group in groups} | (dense_units or {})
    cuts = order_of_cuts(
        groups, scores, scope, budget.round_to, dense_units=dense, comparable=comparable
    )
    if budget.kind == "channels" and scope == "layer":
        ratio = Fraction(repr(budget.value))
        number = sum(cut.lost_before < ratio for cut in cuts)
    elif budget.kind == "channels":
        number = _global_share(groups, cuts, Fraction(repr(budget.value)), dense)
    else:
        assert cost_left is not None, "a target needs a cost"
        number = _nearest(groups, cuts, budget.value, cost_left)
    gone: list[list[int]] = [[] for _ in groups]
    for cut in cuts[:number]:
        gone[cut.layer] += cut.units
    small = too_small(groups, budget.round_to)
    if small:
        log.warning("fewer than %d channels, left whole: %s", budget.round_to, small)
    return Selection(
        {
            group.name: group.channels_of(sorted(set(range(group.units)) - set(units)))
            for group, units in zip(groups, gone, strict=True)
        },
        small,
    )


def _global_share(
    groups: Sequence[ChannelGroup], cuts: list[Cut], ratio: Fraction, dense: dict[str, int]
) -> int:
    total = sum(dense[group.name] * group.copies for group in groups)
    gone = total - sum(group.channels for group in groups)
    to_cut = total - int(total * (1 - ratio)) - gone
    for number, cut in enumerate(cuts):
        if to_cut <= 0:
            return number
        to_cut -= len(cut.units) * groups[cut.layer].copies
    if to_cut > 0:
        raise BudamaError("the budget asks for more channels than the layers may lose together")
    return len(cuts)


def _nearest(
    groups: Sequence[ChannelGroup], cuts: list[Cut], target: float, cost_left: CostLeft
) -> int:
    """Return how many cuts come nearest to leaving ``target`` of the dense cost, by bisection."""
    lost = torch.zeros(len(cuts) + 1, len(groups), dtype=torch.float64)
    for number, cut in enumerate(cuts, start=1):
        lost[number] = lost[number - 1]
        lost[number, cut.layer] += len(cut.units)
    below = bisect_left(range(len(lost)), -target, key=lambda number: -cost_left(lost[number]))
    around = [number for number in (below - 1, below) if 0 <= number < len(lost)]
    best = min(around, key=lambda number: abs(cost_left(lost[number]) - target))
    if abs(cost_left(lost[best]) - target) > TOLERANCE * target:
        left = cost_left(lost[best])
        raise BudamaError(
            f"the budget of {target:g} cannot be met within {TOLERANCE:.0%}: the nearest cut "
            f"leaves {left:.3f} of the dense model; choose another target or a smaller round_to"
        )
    return best
