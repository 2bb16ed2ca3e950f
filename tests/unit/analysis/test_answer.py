"""Which model is the answer: made-up models of which all figures are known."""

from typing import Any

import numpy as np
import pytest

from budama.analysis.answer import Choice, choose
from budama.analysis.results import Result
from tests.unit.analysis.results import made

IMAGES = 5000
HARD = 500  # images that the dense model does not get right
DENSE_VALIDATION = 90.0


def right(lost: int, won: int = 0) -> np.ndarray:
    """Return a model that loses that many of the dense model's images, and wins others."""
    found = np.ones(IMAGES, bool)
    found[won:HARD] = False
    found[HARD : HARD + lost] = False
    return found


def model(method: str, time: float, loss: float, lost: int, *seeds: int, **given: Any) -> Result:
    """Return a model with a time, a loss on validation images, and of ``lost`` test images.

    ``seeds`` are images that each further seed loses.
    """
    kept = {seed: right(n) for seed, n in enumerate((lost, *seeds))}
    accuracy = 100 * float(np.mean([own.mean() for own in kept.values()]))
    given = {"ratio": time, "ratio_low": time - 0.02, "ratio_high": time + 0.02} | given
    return made(
        method, accuracy, seeds=tuple(kept), images=IMAGES, right=kept, **given
    ).with_figures(validation_pct=DENSE_VALIDATION - loss)


DENSE = made("dense", 90.0, images=IMAGES, right={0: right(0)}, ratio=1.0).with_figures(
    validation_pct=DENSE_VALIDATION
)


def chosen(*models: Result, most: float = 1.0, **given: Any) -> Choice:
    return choose([DENSE, *models], most, **{"timed": True} | given)


def verdicts(choice: Choice) -> dict[str, str]:
    return {each.result.method: each.verdict for each in (*choice.sequence, *choice.others)}


def test_the_fastest_that_passes_is_the_answer_and_the_safest_is_tested_first() -> None:
    found = chosen(
        model("lossy", 0.3, 0.9, 60),
        model("slow", 0.7, 0.1, 5),
        model("fast", 0.5, 0.4, 15),
        model("beaten", 0.8, 0.5, 0),
    )
    assert [each.result.method for each in found.sequence] == ["slow", "fast", "lossy"]
    assert verdicts(found) == {
        "slow": "passed",
        "fast": "answer",
        "lossy": "failed",
        "beaten": "beaten",
    }
    assert found.answer is found.sequence[1]
    assert found.by == "time"
    assert found.answer.bound is not None
    assert 0.3 < found.answer.bound.most < 1


def test_after_the_first_that_fails_none_is_tested() -> None:
    found = chosen(model("slow", 0.7, 0.1, 80), model("fast", 0.5, 0.4, 0))
    assert verdicts(found) == {"slow": "failed", "fast": "not_reached"}
    assert found.answer is None
    assert found.nearest is found.sequence[0]
    assert found.sequence[1].bound is None, "nothing is looked up on test images"


def test_what_loses_too_much_on_validation_images_is_no_candidate() -> None:
    found = chosen(model("slow", 0.7, 0.1, 5), model("lucky", 0.3, 1.1, 0))
    assert verdicts(found) == {"slow": "answer", "lucky": "loses"}
    alone = chosen(model("least", 0.7, 1.1, 5), model("most", 0.3, 2.0, 0))
    assert verdicts(alone) == {"least": "answer", "most": "loses"}, "the safest is always tested"


def test_a_larger_limit_lets_a_faster_one_pass() -> None:
    models = [model("slow", 0.7, 0.1, 5), model("fast", 0.3, 0.9, 60)]
    for most, answer in ((1.0, "slow"), (3.0, "fast")):
        best = chosen(*models, most=most).answer
        assert best is not None
        assert best.result.method == answer


def test_what_is_not_shown_to_be_faster_is_no_answer() -> None:
    slow = model("slow", 0.95, 0.0, 0, ratio_high=1.01)
    found = chosen(slow, model("slower", 1.2, 0.0, 0))
    assert verdicts(found) == {"slow": "not_faster", "slower": "not_faster"}
    assert found.answer is None
    assert found.nearest is not None
    assert found.nearest.result is slow, "the fastest of them"


def test_without_an_interval_five_percent_must_lie_between() -> None:
    unsure = {"ratio_low": float("nan"), "ratio_high": float("nan")}
    found = chosen(model("one", 0.96, 0.0, 0, **unsure), model("two", 0.94, 0.0, 0, **unsure))
    assert verdicts(found) == {"two": "answer", "one": "not_faster"}


def test_random_channels_may_win_and_the_dense_control_may_not() -> None:
    found = chosen(
        model("random", 0.5, 0.0, 0),
        model("wanda", 0.6, 0.2, 0),
        model("dense-finetuned", 0.4, -0.5, 0),
    )
    assert verdicts(found) == {
        "random": "answer",
        "wanda": "beaten",
        "dense-finetuned": "not_faster",
    }


def test_of_equals_the_smallest_is_taken() -> None:
    models = [model("first", 0.5, 0.2, 0, size=80.0), model("small", 0.5, 0.2, 0, size=70.0)]
    assert verdicts(chosen(*models)) == {"small": "answer", "first": "beaten"}
    same = [model("first", 0.5, 0.2, 0), model("second", 0.5, 0.2, 0)]
    assert verdicts(chosen(*same)) == {"first": "answer", "second": "beaten"}


def test_seeds_that_differ_prove_less() -> None:
    """The same mean loss: equal trainings pass, and unequal ones may all have been lucky."""
    assert chosen(model("equal", 0.5, 0.2, 20, 21, 20)).answer is not None
    found = chosen(model("unequal", 0.5, 0.2, 1, 59, 1))
    assert found.answer is None
    assert found.sequence[0].bound is not None
    assert found.sequence[0].bound.test == "crossed"


def test_a_single_seed_beside_several_has_their_noise() -> None:
    alone = chosen(model("single", 0.5, 0.2, 10))
    beside = chosen(model("single", 0.5, 0.2, 10), model("noisy", 0.9, 0.3, 0, 80, 0))
    assert alone.answer is not None
    assert beside.answer is None


@pytest.mark.parametrize("macs", [0.5, 0.9])
def test_what_was_not_timed_is_compared_by_its_work(macs: float) -> None:
    untimed = dict.fromkeys(("ratio", "ratio_low", "ratio_high"), float("nan"))
    found = chosen(
        model("one", 0.0, 0.1, 0, macs=4.0 * macs, **untimed),
        model("two", 0.0, 0.2, 0, macs=4.0 * 0.7, **untimed),
        timed=False,
    )
    assert found.by == "macs"
    assert found.answer is not None
    assert found.answer.cost == pytest.approx(min(macs, 0.7))


def test_models_that_were_timed_elsewhere_are_left_out() -> None:
    far, near = model("far", 0.3, 0.0, 0), model("near", 0.6, 0.0, 0)
    assert verdicts(chosen(far, near, elsewhere={far.key})) == {
        "near": "answer",
        "far": "elsewhere",
    }
    nothing = chosen(far, elsewhere={far.key})
    assert (nothing.answer, nothing.nearest) == (None, None)


def test_a_model_without_predictions_cannot_be_proven() -> None:
    missing = made("lost", 90.0, ratio=0.5)
    found = chosen(missing)
    assert (found.sequence, found.others) == ((), ())
