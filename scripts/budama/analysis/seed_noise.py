"""What training again changes, and how far a mean over seeds and images may be from the truth.

Methods differ in it: a random cut is another one with every seed, other cuts are always the same.
So each method has the noise of its own seeds. That is known from few of them, which counts: with
two seeds, a noise that looks small may be a large one.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from budama.analysis.difference import ALPHA, Right

# Welch's degrees of freedom have 2 here. With few seeds and unequal noise that calls up to 6.3% of
# equal methods different at a nominal 5%, in simulations; with 1.5 it is 5.4%.
WELCH_EXPONENT = 1.5
TAIL = 1e-12  # of the distribution of a variance, left out where it is integrated
STEPS = 801


class SeedNoise(NamedTuple):
    """How much training a method again changes its accuracy.

    ``square`` is the mean square between seeds, ``rest`` that of seed x image, both of one image
    (shares squared); ``freedom`` are the degrees of freedom of ``square``.
    """

    square: float
    rest: float
    freedom: int


def seed_noise(right: Right) -> SeedNoise | None:
    """Return the noise of training of a method, ``[seeds, images]``; None with a single seed.

    The mean squares are those of the two-way layout without replication.
    """
    seeds, images = right.shape
    if seeds == 1:
        return None
    values = right.astype(float)
    of_seed = values.mean(1, keepdims=True) - values.mean()
    rest = float(((values - values.mean(0) - of_seed) ** 2).sum()) / (images - 1)
    square = images * float((of_seed**2).sum())
    return SeedNoise(square / (seeds - 1), rest / (seeds - 1), seeds - 1)


def largest_noise(methods: Iterable[Right]) -> SeedNoise | None:
    """Return the largest noise of ``methods``; None where none has a second seed.

    It stands for that of a method with a single seed, of which nothing is known: the largest,
    because too much noise makes a tie where too little may make a difference that is none.
    """
    known = [noise for right in methods if (noise := seed_noise(right)) is not None]
    return max(known, key=lambda noise: noise.square, default=None)


class MeanError(NamedTuple):
    """The error of a mean of values over ``images`` and seeds, by its variances (shares squared).

    ``images`` is that over images, as observed: it holds ``rest``, the part of ``seeds`` that is
    chance of each image. ``seeds`` is that between seeds, with its degrees of ``freedom``.
    """

    images: float
    seeds: float
    rest: float
    freedom: float

    @classmethod
    def of(cls, values: npt.NDArray[np.float64], noises: Mapping[SeedNoise, float]) -> Self:
        """Return the error of the mean of ``values [images]``.

        ``noises`` give for each noise in it the share of a training's variance that the mean
        carries, the sum of 1 / seeds. The degrees of freedom are like those of Welch (Biometrika
        1947, https://doi.org/10.1093/biomet/34.1-2.28), of the least of ``noises``.
        """
        images = len(values)
        squares = np.array([share * noise.square for noise, share in noises.items()])
        rest = sum(share * noise.rest for noise, share in noises.items())
        seeds, least = float(squares.sum()), min(noise.freedom for noise in noises)
        uneven = float(((squares / seeds) ** WELCH_EXPONENT).sum()) if seeds else 1.0
        variance = float(values.var(ddof=1))
        return cls(variance / images, seeds / images, rest / images, least / uneven)

    def p(self, distance: float) -> float:
        """Return how likely a mean is that is ``distance`` or more from the truth, to any side.

        The variance between seeds is not known but by a chi-squared: p is the mean over that, as in
        the solution of Behrens and Fisher (Annals of Eugenics 1935). The t-test of Satterthwaite
        calls too much real: up to 12% with two seeds, which may be alike by chance.
        """
        return self._p(distance, *self._variances())

    def margin(self, alpha: float = ALPHA) -> float:
        """Return half the width of the interval of 1 - ``alpha``: what has a ``p`` of ``alpha``."""
        variances, weights = self._variances()
        # beyond this, one half of alpha is left by the variance and the other by the mean
        least = special.chdtri(self.freedom, 1 - alpha / 2)
        deviation = np.sqrt(self.images + self.seeds * self.freedom / least)
        most = 1e-9 - special.ndtri(alpha / 4) * deviation
        found = optimize.brentq(lambda far: self._p(far, variances, weights) - alpha, 0.0, most)
        return float(found)

    @staticmethod
    def _p(
        distance: float, variances: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
    ) -> float:
        deviations = np.sqrt(np.maximum(variances, np.finfo(float).tiny))
        return float(np.dot(weights, 2 * special.ndtr(-abs(distance) / deviations)))

    def _variances(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return what the variance of the mean may be, and how likely each value is."""
        lowest, highest = (float(special.chdtri(self.freedom, p)) for p in (1 - TAIL, TAIL))
        chi = np.geomspace(lowest, highest, STEPS)
        # the density of the logarithm of chi-squared, but for a constant
        weights = np.exp(self.freedom / 2 * np.log(chi / self.freedom) - (chi - self.freedom) / 2)
        # no training has less noise than the chance of each image, which ``images`` holds
        beyond = np.maximum(self.seeds * self.freedom / chi - self.rest, 0)
        return self.images + beyond, weights / weights.sum()
