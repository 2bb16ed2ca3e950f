import pandas as pd
import pytest
from scipy.stats import binomtest

from budama.analysis.accuracy import accuracy, per_class, wilson_interval


def test_accuracy_and_its_wilson_interval() -> None:
    """81 of 263: 0.2553 to 0.3662, the worked example of Newcombe, Statist. Med. 17 (1998)."""
    table = pd.DataFrame({"label": 0, "rank": [0] * 81 + [1] * 182})
    found = accuracy(table, classes=10)
    assert found["accuracy_pct"] == pytest.approx(100 * 81 / 263)
    assert round(found["accuracy_low_pct"], 2) == 25.53
    assert round(found["accuracy_high_pct"], 2) == 36.62
    (row,) = per_class(table, ["cat"]).to_dict("records")
    assert row == {"class": "cat", "images": 263, "correct": 81} | {
        key: found[key] for key in ("accuracy_pct", "accuracy_low_pct", "accuracy_high_pct")
    }


@pytest.mark.parametrize(("classes", "given"), [(5, False), (6, True)])
def test_top_5_needs_more_than_five_classes(classes: int, given: bool) -> None:
    table = pd.DataFrame({"label": [0, 1], "rank": [4, 0]})
    found = accuracy(table, classes)
    assert ("top5_pct" in found) == given
    assert found["accuracy_pct"] == 50


def test_a_class_without_test_images_stays_empty() -> None:
    table = per_class(pd.DataFrame({"label": [2, 2, 0], "rank": [0, 1, 3]}), ["a", "b", "c"])
    assert table["images"].tolist() == [1, 0, 2]
    assert table["accuracy_pct"].isna().tolist() == [False, True, False]
    assert table["correct"].tolist() == [0, 0, 1]


@pytest.mark.parametrize(("correct", "images"), [(0, 7), (7, 7), (913, 1000), (1, 50_000)])
def test_the_interval_is_scipy_s(correct: int, images: int) -> None:
    expected = binomtest(correct, images).proportion_ci(0.95, method="wilson")
    assert wilson_interval(correct, images) == pytest.approx(expected, abs=1e-12)
