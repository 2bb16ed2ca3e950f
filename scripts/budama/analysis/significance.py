"""Which differences in accuracy are real: tests on the same test images, corrected by Holm.

One seed: McNemar's exact test. Several seeds: images and trainings are both random samples, as
cases and readers are in studies of radiologists, so that a difference must hold beyond these images
*and* beyond these trainings. Figures without predictions: two independent proportions.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    test_proportions_2indep,
)

from budama.analysis.difference import ALPHA, Difference, Right
from budama.analysis.seed_noise import MeanError, SeedNoise, seed_noise


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


def crossed(
    first: Right, second: Right, lent: SeedNoise | None = None, *, fixed: bool = False
) -> Difference:
    """Compare two methods over seeds and images; both are ``[seeds, images]``.

    A mixed model, as for readers (here seeds) nested in tests and cases (images) that all share:
    images are paired; what training again changes comes on top, each method by its own seeds. After
    Hillis (Statistics in Medicine 2014, https://doi.org/10.1002/sim.5926), but for equal noise.
    ``lent`` is the noise of a method with a single seed, needed where there is one. With ``fixed``
    the second is one given model, such as the dense one, not a draw of a training.
    Where images say too little of their variance, ``mcnemar`` holds both in check: p is no smaller
    than its least on as many images, and the interval has the adjustment of its interval.
    """
    noises = _noises([first] if fixed else [first, second], lent)
    values = first.mean(0) - second.mean(0)
    mean = float(values.mean())
    p = max(MeanError.of(values, noises).p(mean), 0.5 ** (len(values) - 1))
    # one image more that only the first gets right, and one that only the second does
    values = np.append(values, (1, -1))
    middle, margin = float(values.mean()), MeanError.of(values, noises).margin()
    return _percent(mean, max(-1.0, middle - margin), min(1.0, middle + margin), p, "crossed")


def accuracy_interval(right: Right, lent: SeedNoise | None = None) -> tuple[float, float]:
    """Return the 95% interval in percent of an accuracy over seeds and images, as ``crossed``.

    It holds Wilson's of the mean: near 0% and 100% images differ too little to tell their variance.
    """
    images, mean = right.shape[1], float(right.mean())
    margin = MeanError.of(right.mean(0), _noises([right], lent)).margin()
    low, high = proportion_confint(mean * images, images, method="wilson")
    return 100 * max(0.0, min(low, mean - margin)), 100 * min(1.0, max(high, mean + margin))


def _noises(methods: Iterable[Right], lent: SeedNoise | None) -> dict[SeedNoise, float]:
    """Return the noise of each method with its part in a mean over seeds.

    One that is lent to several, or is the other's own, is one noise: it errs once for both.
    """
    noises: dict[SeedNoise, float] = {}
    for right in methods:
        noise = seed_noise(right) or lent
        if noise is None:
            raise ValueError("a method with a single seed needs the noise of another")
        noises[noise] = noises.get(noise, 0) + 1 / len(right)
    return noises


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
