"""Which differences in accuracy are real: tests on the same test images, corrected by Holm.

One seed: McNemar's exact test. Several seeds: images and trainings are both random samples, as
cases and readers are in studies of radiologists, so that a difference must hold beyond these images
*and* beyond these trainings. Figures without predictions: two independent proportions.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    test_proportions_2indep,
)

from budama.analysis.difference import ALPHA, Difference, Right


def mcnemar(first: Right, second: Right) -> Difference:
    """Compare two models on the same images; ``first`` and ``second`` are ``[images]``.

    The p-value is that of McNemar's exact test (Psychometrika 1947): the images that only one of
    the two gets right are as often the first's as the second's. The interval is Wald's with the
    adjustment of Bonett and Price (J. Educ. Behav. Stat. 2012), which Fagerland, Lydersen and Laake
    recommend (Statistics in Medicine 2014, https://doi.org/10.1002/sim.6148).
    """
    images = len(first)
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    p = _exact(only_first, only_second)
    a, b = (only_first + 1) / (images + 2), (only_second + 1) / (images + 2)
    margin = stats.norm.isf(ALPHA / 2) * np.sqrt((a + b - (a - b) ** 2) / (images + 2))
    points = (only_first - only_second) / images
    return _percent(points, a - b - margin, a - b + margin, p, "mcnemar")


def _exact(only_first: int, only_second: int) -> float:
    if only_first + only_second == 0:
        return 1.0
    return float(stats.binomtest(only_first, only_first + only_second).pvalue)


class SeedNoise(NamedTuple):
    """How much training again changes accuracy, pooled over the methods of a family.

    ``square`` is the mean square between seeds, ``rest`` that of seed x image, both of one image
    (shares squared); ``freedom`` are the degrees of freedom of ``square``.
    """

    square: float
    rest: float
    freedom: int

    @property
    def upper(self) -> float:
        """The mean square between seeds, with no component of variance below zero."""
        return max(self.square, self.rest)


def seed_noise(methods: Sequence[Right]) -> SeedNoise | None:
    """Return the noise of training in ``methods``, each ``[seeds, images]``; seeds may differ.

    None where no method has a second seed. The mean squares are those of the two-way layout without
    replication, pooled with their degrees of freedom.
    """
    repeated = [right.astype(float) for right in methods if len(right) > 1]
    freedom = sum(len(values) - 1 for values in repeated)
    if not freedom:
        return None
    square = rest = 0.0
    for values in repeated:
        of_seed = values.mean(1, keepdims=True) - values.mean()
        square += values.shape[1] * float((of_seed**2).sum())
        rest += float(((values - values.mean(0) - of_seed) ** 2).sum()) / (values.shape[1] - 1)
    return SeedNoise(square / freedom, rest / freedom, freedom)


def crossed(first: Right, second: Right, noise: SeedNoise, *, fixed: bool = False) -> Difference:
    """Compare two methods over seeds and images; both are ``[seeds, images]``.

    A mixed model, as for readers (here seeds) nested in tests and cases (images) that all share:
    images are paired; what training again changes comes on top. After Hillis (Statistics in
    Medicine 2014, https://doi.org/10.1002/sim.5926), with Satterthwaite's degrees of freedom.
    With ``fixed`` the second is one given model, such as the dense one, not a draw of a training.
    Where images say too little of their variance, ``mcnemar`` holds both in check: p is no smaller
    than its least on as many images, and the interval has the adjustment of its interval.
    """
    trainings = 1 / len(first) + (0 if fixed else 1 / len(second))
    values = first.mean(0) - second.mean(0)
    mean, error, freedom = _mean(values, noise, trainings)
    p = 2 * stats.t.sf(abs(mean) / error, freedom) if error else float(mean == 0)
    least = 0.5 ** (len(values) - 1)
    # one image more that only the first gets right, and one that only the second does
    middle, error, freedom = _mean(np.append(values, (1, -1)), noise, trainings)
    margin = stats.t.isf(ALPHA / 2, freedom) * error
    return _percent(mean, middle - margin, middle + margin, max(float(p), least), "crossed")


def accuracy_interval(right: Right, noise: SeedNoise) -> tuple[float, float]:
    """Return the 95% interval in percent of an accuracy over seeds and images, as ``crossed``.

    It holds Wilson's of the mean: near 0% and 100% images differ too little to tell their variance.
    """
    images = right.shape[1]
    mean, error, freedom = _mean(right.mean(0), noise, 1 / len(right))
    margin = stats.t.isf(ALPHA / 2, freedom) * error
    low, high = proportion_confint(mean * images, images, method="wilson")
    return 100 * max(0.0, min(low, mean - margin)), 100 * min(1.0, max(high, mean + margin))


def _mean(
    values: npt.NDArray[np.float64], noise: SeedNoise, trainings: float
) -> tuple[float, float, float]:
    """Return the mean of ``values [images]``, its standard error and its degrees of freedom.

    ``trainings`` is the share of a training's variance that the mean carries: the sum of
    1 / seeds. The variance over images holds already the part of the noise that is ``rest``.
    """
    images = len(values)
    from_seeds = trainings * noise.upper / images
    total = float(values.var(ddof=1)) / images + trainings * (noise.upper - noise.rest) / images
    freedom = noise.freedom * (total / from_seeds) ** 2 if from_seeds else float("inf")
    return float(values.mean()), total**0.5, max(freedom, 1.0)


def proportions(first_pct: float, second_pct: float, images: int) -> Difference:
    """Compare two accuracies in percent as if each had ``images`` images of its own.

    Agresti and Caffo (American Statistician 2000). Where both saw the same images this test finds
    less than a paired one.
    """
    counts = [round(pct / 100 * images) for pct in (first_pct, second_pct)]
    arguments = (counts[0], images, counts[1], images)
    low, high = confint_proportions_2indep(*arguments, method="agresti-caffo", alpha=ALPHA)
    p = test_proportions_2indep(*arguments, method="agresti-caffo").pvalue
    points = (first_pct - second_pct) / 100
    return _percent(points, float(low), float(high), float(p), "proportions")


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values of one family, corrected after Holm (Scand. J. Statist. 1979).

    As statsmodels' ``multipletests``, which collects garbage in every call: a fifth of a second.
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p)
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(raised, 1)
    return [float(value) for value in corrected]


def _percent(points: float, low: float, high: float, p: float, test: str) -> Difference:
    return Difference(100 * points, 100 * low, 100 * high, p, test)
