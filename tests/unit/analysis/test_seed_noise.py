"""The noise of training, and that equal methods are rarely called different however it is."""

import numpy as np
import pytest
from scipy.stats import chi2, norm, t

from budama.analysis.seed_noise import MeanError, SeedNoise, largest_noise, seed_noise
from budama.analysis.significance import crossed
from tests.unit.analysis.results import predictions
from tools.benchmarks.seeds import trainings


def test_the_noise_of_training_is_that_of_the_analysis_of_variance() -> None:
    right = predictions(0, [0.8], seeds=3, spread=0.05)[0][:, :40]
    seeds, images = right.shape
    of_seed = np.kron(np.eye(seeds), np.ones((images, 1)))
    of_image = np.tile(np.eye(images), (seeds, 1))
    values = right.astype(float).ravel()

    def left(*parts: np.ndarray) -> float:
        design = np.hstack(parts)
        rest = values - design @ np.linalg.lstsq(design, values)[0]
        return float(rest @ rest)

    found = seed_noise(right)
    assert found is not None
    both = left(of_seed, of_image)
    assert found.square == pytest.approx((left(of_image) - both) / (seeds - 1))
    assert found.rest == pytest.approx(both / ((seeds - 1) * (images - 1)))
    assert found.freedom == seeds - 1
    assert seed_noise(right[:1]) is None


def test_the_noise_that_is_lent_is_the_largest() -> None:
    quiet, noisy = (predictions(0, [0.8], 3, spread)[0] for spread in (0.001, 0.05))
    assert largest_noise([quiet, noisy, noisy[:1]]) == seed_noise(noisy)
    assert largest_noise([quiet[:1], noisy[:1]]) is None


def test_of_seeds_alone_it_is_the_t_test_of_images_alone_the_normal_one() -> None:
    seeds, images = MeanError(0, 1, 0, 4), MeanError(1, 0, 0, 4)
    assert seeds.p(2) == pytest.approx(2 * t.sf(2, 4), rel=1e-4)
    assert seeds.margin() == pytest.approx(t.isf(0.025, 4), rel=1e-4)
    assert images.p(2) == pytest.approx(2 * norm.sf(2))
    assert images.margin() == pytest.approx(norm.isf(0.025))


@pytest.mark.parametrize("freedom", [1, 1.4, 2.8, 30])
def test_what_the_noise_may_be_is_drawn_from_its_distribution(freedom: float) -> None:
    drawn = chi2.isf((np.arange(100_000) + 0.5) / 100_000, freedom) / freedom
    variances = 1.3 + np.maximum(2 / drawn - 0.4, 0)
    expected = (2 * norm.sf(3 / np.sqrt(variances))).mean()
    assert MeanError(1.3, 2, 0.4, freedom).p(3) == pytest.approx(expected, rel=1e-3)


def test_unequal_noise_leaves_the_freedom_of_one_method_equal_noise_more() -> None:
    values = np.array([0.0, 1, 0, 1])
    loud, quiet, other = SeedNoise(9, 0, 2), SeedNoise(0.001, 0, 2), SeedNoise(9.001, 0, 2)
    assert MeanError.of(values, {loud: 0.5, quiet: 0.5}).freedom == pytest.approx(2, abs=0.01)
    assert MeanError.of(values, {loud: 0.5, other: 0.5}).freedom == pytest.approx(2 * 2**0.5)
    few = SeedNoise(0.001, 0, 1)
    assert MeanError.of(values, {loud: 0.5, few: 0.5}).freedom == pytest.approx(1, abs=0.01)


UNEQUAL, EQUAL = [1.5, 0.2], [0.7, 0.7]


@pytest.mark.parametrize(
    ("spreads", "seeds", "images", "runs"),
    [
        (UNEQUAL, [2, 2], 2000, 400),
        (UNEQUAL, [3, 3], 2000, 400),
        (UNEQUAL, [5, 5], 500, 400),
        (UNEQUAL, [2, 5], 500, 400),
        ([1.5, 0], [2, 1], 2000, 400),
        (EQUAL, [2, 2], 500, 400),
        (EQUAL, [3, 1], 500, 400),
    ],
)
def test_at_most_one_in_twenty_equal_pairs_is_called_different(
    spreads: list[float], seeds: list[int], images: int, runs: int
) -> None:
    """A random cut is noisy, others are not; with no spread the second is one given model."""
    random = np.random.default_rng(13)
    fixed, called = spreads[1] == 0, 0
    for _ in range(runs):
        hard = random.normal(size=images)
        first, second = (
            trainings(hard, number, points, random)
            for points, number in zip(spreads, seeds, strict=True)
        )
        lent = seed_noise(first)
        called += crossed(first, second, lent, fixed=fixed).p < 0.05
    assert called <= 0.05 * runs
