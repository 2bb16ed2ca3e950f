"""How scores of different layers are made comparable in the global scope."""

from collections.abc import Callable

import torch

from budama.config.cut import Normaliser


def normalised(scores: torch.Tensor, normaliser: Normaliser) -> torch.Tensor:
    """Return a layer's scores so that they can be ranked with those of others: ``[units]``.

    ``mean`` divides them by their mean, ``raw`` leaves them as they are, and ``lamp`` divides each
    by what would be left of the layer. None changes the order within the layer of scores that are
    zero or more.
    """
    return _NORMALISERS[normaliser](scores)


def over_the_mean(scores: torch.Tensor) -> torch.Tensor:
    """Divide scores by their mean; all become zero where that is not positive."""
    mean = scores.mean()
    return scores / mean if mean > 0 else torch.zeros_like(scores)


def over_what_is_left(scores: torch.Tensor) -> torch.Tensor:
    """Divide each score by the sum of those that are not smaller, ``[units]``.

    Lee et al., Layer-adaptive Sparsity for the Magnitude-based Pruning, ICLR 2021.
    """
    ascending, order = scores.sort(stable=True)
    remaining = ascending.flip(0).cumsum(0).flip(0)
    # equal values share the largest of their sums, so that their order does not matter
    first = torch.searchsorted(ascending, ascending)
    result = torch.empty_like(scores)
    result[order] = ascending / remaining[first].clamp_min(torch.finfo(scores.dtype).tiny)
    return result


# ``loss`` gives values that are comparable as they are: see ``pruning/loss.py``
_NORMALISERS: dict[Normaliser, Callable[[torch.Tensor], torch.Tensor]] = {
    "mean": over_the_mean,
    "raw": lambda scores: scores,
    "lamp": over_what_is_left,
    "loss": lambda scores: scores,
}
