"""How a target is met: down the order of cuts, and past the blocks that are too coarse for it."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch

from budama.config.budget import AUTO, Budget
from budama.pruning.order import Cut
from budama.system.errors import BudamaError

TOLERANCE = 0.01
TIMED_TOLERANCE = 0.03  # of a budget in latency, as the latency stage measures it
_ALL = 0.9995  # what is printed as 1 cannot be asked for

# What is left of the dense cost when each group has lost so many units, float64 [groups]
CostLeft = Callable[[torch.Tensor], float]


class OutOfReachError(BudamaError):
    """A budget that no cut down this order meets; another order may meet it."""


@dataclass(frozen=True)
class Reach:
    """Some cuts, and the share of the dense cost that they leave."""

    cuts: list[Cut]
    left: float


def is_met(left: float, target: float) -> bool:
    """Whether ``left`` lies within 1% of ``target``."""
    return abs(left - target) <= TOLERANCE * target


def around(cuts: Sequence[Cut], groups: int, target: float, cost_left: CostLeft) -> list[Reach]:
    """Return what can be left nearest to ``target``: one above it and one below, the nearer first.

    ``cuts``, of ``groups`` groups, are taken in their order, as far as the target asks. If the last
    block would overstep it and stopping short is not near enough either, that block is passed over,
    with what is left of its layer, and later ones are taken as long as they fit, until the target
    is met. One of the two is missing where nothing is left to cut, or where ``round_to`` alone has
    cut more. Either share, asked for in its turn, is met.
    """
    lost = torch.zeros(len(cuts) + 1, groups, dtype=torch.float64)
    for number, cut in enumerate(cuts, start=1):
        lost[number] = lost[number - 1]
        lost[number, cut.layer] += len(cut.units)
    least = sum(cut.aligns for cut in cuts)  # they come first, and none of them may be missing
    numbers = range(least, len(lost))
    first_below = least + bisect_left(numbers, -target, key=lambda n: -cost_left(lost[n]))
    if first_below == least:
        return [Reach(list(cuts[:least]), cost_left(lost[least]))]
    above, below = _fill(cuts, first_below - 1, lost[first_below - 1], target, cost_left)
    return sorted([above, below] if below else [above], key=lambda r: abs(r.left - target))


def _fill(
    cuts: Sequence[Cut], number: int, lost: torch.Tensor, target: float, cost_left: CostLeft
) -> tuple[Reach, Reach | None]:
    """Take later cuts than the first ``number`` as long as they fit; see ``around``."""
    taken, left = list(cuts[:number]), cost_left(lost)
    below: Reach | None = None
    passed_over = set()
    for cut in cuts[number:]:
        if cut.layer in passed_over:
            continue
        lost[cut.layer] += len(cut.units)
        after = cost_left(lost)
        if after > target:
            taken.append(cut)
            left = after
        else:
            if below is None or after > below.left:
                below = Reach([*taken, cut], after)
            lost[cut.layer] -= len(cut.units)
            passed_over.add(cut.layer)
        if is_met(left, target) or is_met(after, target):
            break
    return Reach(taken, left), below


def nearest(lefts: Iterable[float], target: float) -> list[float]:
    """Return the share next above ``target`` and the one next below it, as far as there are any."""
    every = list(lefts)
    above = [left for left in every if left > target]
    below = [left for left in every if left < target]
    return [*([min(above)] if above else []), *([max(below)] if below else [])]


def out_of_reach(budget: Budget, lefts: Sequence[float]) -> OutOfReachError:
    """Return the error that names the shares that can be left nearest to the target."""
    shares = [f"{left:.3g}" for left in sorted(lefts) if left < _ALL]
    advice = "ask for that"
    if not shares:
        found = "nothing may be cut"
        advice = "name fewer layers under 'ignore', or choose another method"
    elif len(shares) > 1:
        found, advice = f"the nearest cuts leave {' and '.join(shares)}", "ask for one of these"
    elif len(lefts) > 1 or (budget.reads_costs and lefts[0] < budget.value):
        found = f"the nearest cut leaves {shares[0]}"
    elif lefts[0] > budget.value:
        found = f"the most that may be cut leaves {shares[0]}"
    else:
        found = f"multiples of {budget.round_to} in all layers leave {shares[0]} at most"
    smaller = "" if budget.round_to in (1, AUTO) else ", or give a smaller round_to"
    tolerance = TIMED_TOLERANCE if budget.kind == "latency" else TOLERANCE
    return OutOfReachError(
        f"the budget of {budget.value:g} cannot be met within {tolerance:.0%}: {found} of the "
        f"dense model's {budget.kind}; {advice}{smaller}"
    )
