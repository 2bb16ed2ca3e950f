"""The bound of a loss, against the likelihood maximised numerically and against its own error."""

import numpy as np
import pytest
from scipy import optimize, stats

from budama.analysis.loss_bound import loss_bound, score_bound
from budama.analysis.seed_noise import SeedNoise
from tests.unit.analysis.results import predictions

Z = float(stats.norm.isf(0.05))


def score(share: float, lost: int, won: int, images: int) -> float:
    """Return the score statistic of a loss of ``share``, its nuisance found by a search."""

    def unlikely(probability: float) -> float:
        both = 2 * probability + share
        logs = lost * np.log(probability + share) + won * np.log(probability)
        return float(-(logs + (images - lost - won) * np.log1p(-both)))

    low = max(0.0, -share) + 1e-12
    high = (1 - share) / 2 - 1e-12
    won_share = optimize.minimize_scalar(unlikely, bounds=(low, high), options={"xatol": 1e-13}).x
    variance = images * (2 * won_share + share - share**2)
    return float((lost - won - images * share) / np.sqrt(variance))


@pytest.mark.parametrize(
    ("lost", "won", "images"), [(60, 50, 1000), (12, 30, 500), (3, 1, 40), (7, 0, 200)]
)
def test_at_the_bound_the_score_test_just_rejects(lost: int, won: int, images: int) -> None:
    bound = score_bound(lost, won, images)
    assert score(bound, lost, won, images) == pytest.approx(-Z, abs=1e-3)


def test_without_any_difference_the_bound_has_a_closed_form() -> None:
    assert score_bound(0, 0, 500) == pytest.approx(Z**2 / (500 + Z**2))
    assert score_bound(500, 0, 500) == 1
    assert score_bound(0, 500, 500) == pytest.approx(-1, abs=0.02)


@pytest.mark.parametrize(("loss", "differing"), [(0.01, 0.05), (0.01, 0.1), (0.002, 0.02)])
def test_a_model_that_loses_just_too_much_passes_in_five_percent(
    loss: float, differing: float
) -> None:
    """Added up over all that 1,000 images may show; a smaller bound than the loss is an error."""
    images, error = 1000, 0.0
    more, fewer = (differing + loss) / 2, (differing - loss) / 2
    for lost in range(int(stats.binom.isf(1e-5, images, more)) + 1):
        rest = images - lost
        often = stats.binom(rest, fewer / (1 - more))
        # the more are won, the lower the bound: find the first number that is too many
        too_many = next(
            (won for won in range(rest + 1) if score_bound(lost, won, images) < loss), rest + 1
        )
        error += stats.binom.pmf(lost, images, more) * often.sf(too_many - 1)
    assert 0.045 < error < 0.052


def test_one_model_is_bounded_by_its_images_alone() -> None:
    dense, model = predictions(1, [0.9, 0.88], seeds=1)
    found = loss_bound(model, dense[0])
    lost, won = int((dense & ~model).sum()), int((model & ~dense).sum())
    assert found.test == "score"
    assert found.points == pytest.approx(100 * (lost - won) / 2000)
    assert found.most == pytest.approx(100 * score_bound(lost, won, 2000))


def test_over_seeds_the_bound_has_the_noise_of_training() -> None:
    dense, steady = predictions(2, [0.9, 0.88], seeds=3)
    _, noisy = predictions(2, [0.9, 0.88], seeds=3, spread=0.02)
    found = [loss_bound(model, dense[0]) for model in (steady, noisy)]
    assert {each.test for each in found} == {"crossed"}
    margins = [each.most - each.points for each in found]
    assert margins[1] > 1.5 * margins[0]


def test_without_noise_many_seeds_are_bounded_as_one() -> None:
    dense, model = predictions(3, [0.9, 0.88], seeds=1)
    same = np.repeat(model, 5, axis=0)
    assert loss_bound(same, dense[0]).most == pytest.approx(
        loss_bound(model, dense[0]).most, abs=0.03
    )


def test_a_single_seed_takes_the_noise_that_is_lent_to_it() -> None:
    dense, model = predictions(4, [0.9, 0.88], seeds=1)
    lent = loss_bound(model, dense[0], SeedNoise(4.0, 0.05, 4))
    assert lent.test == "crossed"
    assert lent.most > loss_bound(model, dense[0]).most
