"""What a model loses at most against the dense one: a one-sided bound from the same test images.

For a model of one seed it is Tango's score bound for paired proportions (Statistics in Medicine
1998, 17:891). It errs as often as it says: with 1,000 and 5,000 images, of which only one of the
two gets 2% to 20% right, and losses of 0.2 to 3 points, a bound of 95% is too low in 4.6% to 5.1%
(added up exactly), that of Bonett and Price in up to 5.7% and Wald's in up to 6.3%;
``docs/answer.md`` has the table.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy import optimize, stats

from budama.analysis.difference import ALPHA, Right
from budama.analysis.seed_noise import MeanError, SeedNoise, seed_noise


class LossBound(NamedTuple):
    """The loss of accuracy in points, and what it is at most, at a confidence of 95%.

    ``test`` is ``score`` for a given model, ``crossed`` for all trainings of a method.
    """

    points: float
    most: float
    test: str


def loss_bound(model: Right, dense: Right, lent: SeedNoise | None = None) -> LossBound:
    """Bound what a method loses against the dense model, which is one given model.

    ``model`` is ``[seeds, images]``, ``dense`` ``[images]``. With several seeds the bound is on the
    mean of all trainings, and has their noise, as ``significance.crossed``; a method with a single
    one has the noise that is ``lent`` to it. Without any noise the bound is on this very model.
    """
    points = 100 * float(dense.mean() - model.mean())
    noise = seed_noise(model) or lent
    if noise is None:
        lost, won = int((dense & ~model[0]).sum()), int((model[0] & ~dense).sum())
        return LossBound(points, 100 * score_bound(lost, won, len(dense)), "score")
    # one image more that only the dense model gets right, and one that only the other does
    values = np.append(dense - model.mean(0), (1, -1))
    margin = MeanError.of(values, {noise: 1 / len(model)}).margin(2 * ALPHA)
    return LossBound(points, 100 * min(1.0, float(values.mean()) + margin), "crossed")


def score_bound(lost: int, won: int, images: int, alpha: float = ALPHA) -> float:
    """Return the most that a share is lost: the largest that the score test does not reject.

    Of ``images``, ``lost`` are right with the dense model only and ``won`` with the other only.
    The bound errs in the share ``alpha``.
    """
    if lost == images:
        return 1.0
    z = float(stats.norm.isf(alpha))

    def beyond(share: float) -> float:
        deviation = _deviation(share, lost, won, images)
        return z + (lost - won - images * share) / deviation if deviation else z

    return float(optimize.brentq(beyond, (lost - won) / images, 1 - 1e-12))


def _deviation(share: float, lost: int, won: int, images: int) -> float:
    """Return the standard deviation of ``lost - won`` if the loss is ``share``.

    The likeliest probability of a won image, given that loss, solves a quadratic equation.
    """
    both = share * (1 - share)
    b = (2 * images - lost + won) * share - lost - won
    likeliest = (sqrt(max(b * b + 8 * images * won * both, 0)) - b) / (4 * images)
    return sqrt(max(images * (2 * likeliest + both), 0))
