"""In which order channels go: by rank, with a tie-break that leaves nothing to chance.

Both scopes become one sequence of cuts, each a block of units of one layer. Within a layer the
blocks go in this order alone; ``selection`` says how far down the sequence a budget goes, and which
layers it passes over.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch

from budama.config.budget import Scope
from budama.config.cut import Normaliser
from budama.pruning.groups import ChannelGroup
from budama.pruning.normalisers import normalised
from budama.system.errors import BudamaError

Scores = dict[str, torch.Tensor]
# For each group, the numbers of units that it may be cut down to
Widths = Mapping[str, Sequence[int]]
# The share of its channels that a layer may lose in the global scope.
MOST_OF_A_LAYER = Fraction(9, 10)


@dataclass(frozen=True)
class Cut:
    """One block of units that goes at once.

    ``lost_before`` is the share of its layer's units that are gone before it; ``aligns`` whether it
    makes the layer's channels a multiple of ``round_to``, which they were not.
    """

    layer: int
    units: tuple[int, ...]
    lost_before: Fraction
    aligns: bool


def order_of_cuts(
    groups: Sequence[ChannelGroup],
    scores: Scores,
    scope: Scope,
    round_to: int | Widths = 1,
    *,
    dense_units: dict[str, int] | None = None,
    normaliser: Normaliser = "mean",
) -> list[Cut]:
    """Return all cuts that may be made, the first to go first.

    In the ``layer`` scope layers shrink in step, ranked by the share that a layer has lost half-way
    through the block, so that narrow layers do not give up a whole block first. In the ``global``
    scope the lowest score goes first, each layer's scores made comparable by the
    ``normaliser``, and no layer loses more than nine tenths. Every layer keeps at least one unit
    of those that it makes or reads.
    With ``round_to``, a layer's channels stay a multiple of that; a dense count that is none is cut
    to one before all else. Widths in its place are all that layers may be cut down to. Of equal
    scores, the lower index of the earlier layer stays. Shares are of ``dense_units``, where an
    earlier step has cut the layers already.
    Raises ``BudamaError`` that names a layer whose scores are not finite.
    """
    ranked: list[tuple[tuple[float, ...], Cut]] = []
    for layer, group in enumerate(groups):
        values = unit_scores(group, scores[group.name], normaliser)
        dense = (dense_units or {}).get(group.name, group.units)
        order, least = worst_first(group, values)
        kept = group.units
        if scope == "global":
            least = max(least, least_left(dense))
        for stop in _stops(group, least, round_to):
            units = tuple(order[group.units - kept : group.units - stop])
            aligns = isinstance(round_to, int) and kept % _step(group, round_to) != 0
            cut = Cut(layer, units, Fraction(dense - kept, dense), aligns)
            half_way = (2 * dense - kept - stop) / (2 * dense)
            rank = half_way if scope == "layer" else float(values[list(units)].mean())
            # of equal ranks, the layer scope cuts the earlier layer first, the global one the later
            place = layer if scope == "layer" else -layer
            ranked.append(((not aligns, rank, place, half_way), cut))
            kept = stop
    return [cut for _, cut in sorted(ranked, key=lambda pair: pair[0])]


def too_small(groups: Sequence[ChannelGroup], round_to: int | Widths) -> list[str]:
    """Return the layers that stay whole because they have fewer channels than ``round_to``.

    Or because no narrower width of theirs pays off.
    """
    if not isinstance(round_to, int):
        return [group.name for group in groups if not round_to.get(group.name)]
    return [group.name for group in groups if group.units < _step(group, round_to)]


def unit_scores(group: ChannelGroup, scores: torch.Tensor, normaliser: Normaliser) -> torch.Tensor:
    """Return each unit's score, comparable between layers: float64 ``[units]``."""
    if not torch.isfinite(scores).all():
        raise BudamaError(f"layer '{group.name}': its scores are not finite; nothing to rank by")
    return normalised(group.unit_scores(scores.double()), normaliser)


def worst_first(group: ChannelGroup, values: torch.Tensor) -> tuple[list[int], int]:
    """Return the units of ``group``, the lowest of ``values`` first, and how many have to stay.

    Of equal values, the lower index stays. Each layer that makes or reads only a part of the
    channels keeps the best of these, lest it has none left: these units are the last.
    """
    stay = {int(part[values[part].argmax()]) for part in group.parts}
    ordered = torch.argsort(values, descending=True, stable=True).flip(0).tolist()
    return sorted(ordered, key=stay.__contains__), max(1, len(stay))


def least_left(units: int) -> int:
    """Return how many of a layer's dense ``units`` the global scope leaves at least."""
    return units - int(units * MOST_OF_A_LAYER)


def _step(group: ChannelGroup, round_to: int) -> int:
    """Return the number of units by which the layer can shrink: its channels stay a multiple."""
    return round_to // math.gcd(round_to, group.copies)


def _stops(group: ChannelGroup, least: int, round_to: int | Widths) -> Sequence[int]:
    """Return the numbers of units, not below ``least``, that the layer can be cut down to."""
    if not isinstance(round_to, int):
        chosen = {width for width in round_to.get(group.name, ()) if least <= width < group.units}
        return sorted(chosen, reverse=True)
    step = _step(group, round_to)
    first = (group.units - 1) // step * step
    return range(first, max(step, least) - 1, -step)
