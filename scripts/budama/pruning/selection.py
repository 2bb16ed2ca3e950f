"""Which channels stay: by rank, with exact counts and a tie-break that leaves nothing to chance."""

from fractions import Fraction

import torch

from budama.config.budget import Budget, Scope
from budama.errors import BudamaError

Scores = dict[str, torch.Tensor]
# The share of its channels that a layer may lose in the global scope.
MOST_OF_A_LAYER = Fraction(9, 10)


def select(scores: Scores, scope: Scope, budget: Budget) -> dict[str, list[int]]:
    """Return the channels that stay in each layer, ascending.

    ``scores`` maps a layer to the importance of its channels, ``[channels]``. With a channel ratio
    r, the ``layer`` scope keeps the floor of (1 - r) x channels of each layer, as published. The
    ``global`` scope divides each layer's scores by their mean, ranks all channels together and
    keeps the floor of (1 - r) x all channels; no layer loses more than nine tenths. Of equal
    scores, the lower index of the earlier layer stays. Raises ``BudamaError`` that names a layer
    whose scores are not finite.
    """
    for name, values in scores.items():
        if not torch.isfinite(values).all():
            raise BudamaError(f"layer '{name}': its scores are not finite; nothing can be ranked")
    ratio = Fraction(repr(budget.channels))
    choose = _layer if scope == "layer" else _global
    return choose(scores, ratio)


def _kept(channels: int, ratio: Fraction) -> int:
    # As an exact fraction: in floating point (1 - 0.9) * 10 is less than 1.
    return max(1, int(channels * (1 - ratio)))


def _layer(scores: Scores, ratio: Fraction) -> dict[str, list[int]]:
    return {
        name: sorted(_best_first(values)[: _kept(len(values), ratio)])
        for name, values in scores.items()
    }


def _global(scores: Scores, ratio: Fraction) -> dict[str, list[int]]:
    total = sum(len(values) for values in scores.values())
    to_cut = total - _kept(total, ratio)
    names = list(scores)
    owner = torch.repeat_interleave(
        torch.arange(len(names)), torch.tensor([len(v) for v in scores.values()])
    )
    index = torch.cat([torch.arange(len(values)) for values in scores.values()])
    ranked = _best_first(torch.cat([_relative(values) for values in scores.values()]))
    cut: dict[str, set[int]] = {name: set() for name in names}
    for position in reversed(ranked):
        if to_cut == 0:
            break
        name = names[int(owner[position])]
        if len(cut[name]) < int(len(scores[name]) * MOST_OF_A_LAYER):
            cut[name].add(int(index[position]))
            to_cut -= 1
    if to_cut:
        raise BudamaError("the budget asks for more channels than the layers may lose together")
    return {n: [c for c in range(len(scores[n])) if c not in cut[n]] for n in names}


def _relative(values: torch.Tensor) -> torch.Tensor:
    mean = values.double().mean()
    return values.double() / mean if mean > 0 else torch.zeros_like(values, dtype=torch.float64)


def _best_first(values: torch.Tensor) -> list[int]:
    order: list[int] = torch.argsort(values, descending=True, stable=True).tolist()
    return order
