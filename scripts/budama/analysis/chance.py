"""Whether a classifier knows anything of its classes, or guesses."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import binom

# How rarely mere guessing may pass
SURE = 1e-3


class Chance(NamedTuple):
    """What a classifier got right of some images, beside what guessing would.

    ``guessing`` is the share of the commonest class, which is the most that answers come to that
    have nothing to do with the images. ``p_value`` is the exact binomial probability that guessing
    gets as many right or more. ``reordered`` is how many would be right if the outputs stood for
    the classes in the best other order.
    """

    images: int
    right: int
    guessing: float
    p_value: float
    reordered: int

    @property
    def better(self) -> bool:
        """Whether this is better than guessing, beyond doubt."""
        return self.p_value < SURE

    @property
    def misordered(self) -> bool:
        """Whether in another order more would be right than halfway from guessing to all."""
        return self.reordered > self.images * (1 + self.guessing) / 2


def against_chance(labels: "np.ndarray", predicted: "np.ndarray", classes: int) -> Chance:
    """Compare the ``predicted`` classes of images (-1 for none) with their ``labels``."""
    known = predicted >= 0
    confusion = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(confusion, (labels[known], predicted[known]), 1)
    images, right = len(labels), int(np.trace(confusion))
    guessing = float(np.bincount(labels, minlength=classes).max() / images)
    best = confusion[linear_sum_assignment(confusion, maximize=True)].sum()
    return Chance(images, right, guessing, float(binom.sf(right - 1, images, guessing)), int(best))
