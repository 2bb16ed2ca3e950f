from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from budama.evaluation import per_class, predict, summarise


def predicted(logits: list[list[float]], labels: list[int]) -> pd.DataFrame:
    """Return what ``predict`` says of a network that gives ``logits``, in batches of two."""
    images = torch.tensor(logits)[:, :, None, None]
    batches: Any = DataLoader(TensorDataset(images, torch.tensor(labels)), batch_size=2)
    return predict(nn.Flatten(), batches).assign(label=labels)


def test_accuracy_and_its_wilson_interval() -> None:
    """81 of 263: 0.2553 to 0.3662, the worked example of Newcombe, Statist. Med. 17 (1998)."""
    table = pd.DataFrame({"label": 0, "rank": [0] * 81 + [1] * 182})
    found = summarise(table, classes=10)
    assert found["accuracy_pct"] == pytest.approx(100 * 81 / 263)
    assert round(found["accuracy_low_pct"], 2) == 25.53
    assert round(found["accuracy_high_pct"], 2) == 36.62
    (row,) = per_class(table, ["cat"]).to_dict("records")
    assert row == {"class": "cat", "images": 263, "correct": 81} | {
        key: found[key] for key in ("accuracy_pct", "accuracy_low_pct", "accuracy_high_pct")
    }


def test_ranks_and_top_5_against_sorting() -> None:
    random = np.random.default_rng(0)
    logits, labels = random.normal(size=(101, 9)).astype("float32"), random.integers(0, 9, 101)
    found = predicted(logits.tolist(), labels.tolist())
    order = (-logits).argsort(axis=1)
    assert (found["predicted"] == order[:, 0]).all()
    assert (found["rank"] == [list(o).index(la) for o, la in zip(order, labels, strict=True)]).all()
    odds = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert np.allclose(found["probability"], odds.max(1), rtol=1e-5)
    total = summarise(found, classes=9)
    assert total["top5_correct"] == sum(la in o[:5] for o, la in zip(order, labels, strict=True))
    assert total["top5_low_pct"] < total["top5_pct"] < total["top5_high_pct"]
    assert per_class(found, list("abcdefghi"))["correct"].sum() == total["correct"]


def test_of_equal_outputs_the_first_class_comes_first() -> None:
    """A network that says nothing is right for class 0 alone, not for all of them."""
    found = predicted([[1.0, 1.0, 1.0]] * 3 + [[0.0, 2.0, 2.0]], [0, 1, 2, 2])
    assert found["rank"].tolist() == [0, 1, 2, 1]
    assert found["predicted"].tolist() == [0, 0, 0, 1]
    # a probability that rounds to 1 hides which output is higher
    close = predicted([[200.0, 201.0, 0.0], [1000.0, 1000.5, 0.0]], [1, 0])
    assert close["rank"].tolist() == [0, 1]


@pytest.mark.parametrize(("classes", "given"), [(5, False), (6, True)])
def test_top_5_needs_more_than_five_classes(classes: int, given: bool) -> None:
    table = pd.DataFrame({"label": [0, 1], "rank": [4, 0]})
    found = summarise(table, classes)
    assert ("top5_pct" in found) == given
    assert found["accuracy_pct"] == 50


def test_a_class_without_test_images_stays_empty() -> None:
    table = per_class(pd.DataFrame({"label": [2, 2, 0], "rank": [0, 1, 3]}), ["a", "b", "c"])
    assert table["images"].tolist() == [1, 0, 2]
    assert table["accuracy_pct"].isna().tolist() == [False, True, False]
    assert table["correct"].tolist() == [0, 0, 1]


def test_outputs_that_are_not_finite_are_seen() -> None:
    found = predicted([[1.0, float("nan")], [float("inf"), 0.0], [1.0, 0.0]], [0, 0, 0])
    assert found["probability"].isna().tolist() == [True, True, False]
