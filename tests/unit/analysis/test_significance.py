from itertools import combinations

import numpy as np
import pytest
from scipy.stats import ttest_rel
from statsmodels.stats.contingency_tables import mcnemar as reference
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from budama.analysis.difference import Difference
from budama.analysis.seed_noise import SeedNoise
from budama.analysis.significance import (
    accuracy_interval,
    crossed,
    holm,
    mcnemar,
    proportions,
)
from tests.unit.analysis.results import predictions


def pairs(both: int, first: int, second: int, neither: int) -> list[np.ndarray]:
    right = [(1, 1)] * both + [(1, 0)] * first + [(0, 1)] * second + [(0, 0)] * neither
    return [np.array(column, bool) for column in zip(*right, strict=True)]


def width(found: Difference) -> float:
    return found.high - found.low


def test_mcnemar_gives_the_p_of_the_published_example() -> None:
    """Airway hyper-responsiveness: Fagerland et al., BMC Med. Res. Methodol. 13:91 (2013)."""
    found = mcnemar(*pairs(1, 1, 7, 12))
    assert found.p == pytest.approx(0.070, abs=0.0005)
    assert found.points == pytest.approx(-100 * 6 / 21)
    # (2 - 8) / 23 -+ 1.96 * sqrt((10 / 23 - (6 / 23)^2) / 23)
    assert (found.low, found.high) == pytest.approx((-50.836, -1.338), abs=0.01)


@pytest.mark.parametrize("table", [(50, 9, 3, 20), (10, 4, 4, 2), (5, 0, 0, 5), (0, 0, 12, 0)])
def test_mcnemar_agrees_with_statsmodels(table: tuple[int, int, int, int]) -> None:
    both, first, second, neither = table
    expected = reference([[both, first], [second, neither]], exact=True).pvalue
    assert mcnemar(*pairs(*table)).p == pytest.approx(expected)


def test_without_noise_of_training_it_is_the_paired_t_test() -> None:
    first, second = predictions(1, [0.80, 0.82], seeds=1)
    found = crossed(first, second, SeedNoise(0, 0, 1))
    expected = ttest_rel(first[0].astype(float), second[0].astype(float))
    assert found.p == pytest.approx(expected.pvalue, rel=0.05)
    interval = expected.confidence_interval()
    assert found.low == pytest.approx(100 * interval.low, rel=0.01)


def test_one_given_model_adds_no_noise_of_training() -> None:
    noise = SeedNoise(4.0, 0.05, 4)
    first, dense = predictions(2, [0.8, 0.85], seeds=2)
    drawn = crossed(first, dense[:1], noise)
    given = crossed(first, dense[:1], noise, fixed=True)
    assert given.high - given.low < drawn.high - drawn.low
    low, high = accuracy_interval(first)
    assert low < 100 * first.mean() < high


def test_a_single_seed_has_the_noise_that_it_is_lent() -> None:
    first, second = predictions(3, [0.8, 0.8], seeds=4, spread=0.005)
    little, much = SeedNoise(0.1, 0.05, 3), SeedNoise(9.0, 0.05, 3)
    widths = [width(crossed(first, second[:1], lent)) for lent in (little, much)]
    assert widths[0] < widths[1]
    own = [crossed(first, second, lent) for lent in (None, much)]
    assert own[0] == own[1], "with seeds of its own it borrows none"
    with pytest.raises(ValueError, match="noise of another"):
        crossed(first, second[:1])


def test_images_that_are_all_right_leave_room_for_doubt() -> None:
    right = np.ones((3, 60), bool)
    assert accuracy_interval(right) == pytest.approx((93.98, 100), abs=0.01)  # Wilson's


def test_three_images_prove_nothing() -> None:
    first, second = np.ones((2, 3), bool), np.zeros((2, 3), bool)
    found = crossed(first, second)
    assert found.p == mcnemar(first[0], second[0]).p == 0.25
    assert found.low < 0 < found.high
    assert crossed(first, first).p == 1


def test_two_proportions_call_the_published_figures_a_tie() -> None:
    found = proportions(75.55, 75.54, 49997)
    counts = np.array([37773, 37768])
    assert found.p == pytest.approx(proportions_ztest(counts, np.full(2, 49997))[1], abs=0.001)
    assert found.low < 0 < found.high
    assert proportions(75.55, 74.50, 49997).p < 0.001


@pytest.mark.parametrize("p", [[0.01, 0.04, 0.03, 0.005], [0.9, 0.6, 0.6, 0]])
def test_holm_agrees_with_statsmodels(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == []


SEEDS = {"mcnemar": 1, "crossed": 5, "proportions": 1}


def reports_one(test: str, run: int, shares: list[float]) -> bool:
    """Whether any of the pairs of one simulated comparison is called real."""
    spread = 0.01 if test == "crossed" else 0.0
    right = predictions(run, shares, SEEDS[test], spread)
    found = []
    for first, second in combinations(right, 2):
        if test == "mcnemar":
            found.append(mcnemar(first[0], second[0]))
        elif test == "crossed":
            found.append(crossed(first, second))
        else:
            found.append(proportions(100 * first.mean(), 100 * second.mean(), first.size))
    return min(holm([difference.p for difference in found])) < 0.05


@pytest.mark.parametrize("test", SEEDS)
def test_without_a_true_difference_at_most_one_run_in_twenty_reports_one(test: str) -> None:
    runs = [reports_one(test, run, [0.8] * 4) for run in range(200)]
    assert np.mean(runs) <= 0.05


@pytest.mark.parametrize("test", SEEDS)
def test_a_true_difference_is_found(test: str) -> None:
    runs = [reports_one(test, run, [0.8, 0.8, 0.8, 0.86]) for run in range(20)]
    assert np.mean(runs) >= 0.9
