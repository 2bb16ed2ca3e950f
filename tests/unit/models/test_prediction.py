from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from budama.analysis.accuracy import accuracy, per_class
from budama.models.prediction import Model, predict


def predictions(logits: list[list[float]], labels: list[int]) -> pd.DataFrame:
    """Return what ``predict`` says of a network that gives ``logits``, in batches of two."""
    images = torch.tensor(logits)[:, :, None, None]
    batches: Any = DataLoader(TensorDataset(images, torch.tensor(labels)), batch_size=2)
    return predict({"torch": nn.Flatten()}, batches)["torch"].assign(label=labels)


def test_ranks_and_top_5_against_sorting() -> None:
    random = np.random.default_rng(0)
    logits, labels = random.normal(size=(101, 9)).astype("float32"), random.integers(0, 9, 101)
    found = predictions(logits.tolist(), labels.tolist())
    order = (-logits).argsort(axis=1)
    assert (found["predicted"] == order[:, 0]).all()
    assert (found["rank"] == [list(o).index(la) for o, la in zip(order, labels, strict=True)]).all()
    odds = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert np.allclose(found["probability"], odds.max(1), rtol=1e-5)
    total = accuracy(found, classes=9)
    assert total["top5_correct"] == sum(la in o[:5] for o, la in zip(order, labels, strict=True))
    assert total["top5_low_pct"] < total["top5_pct"] < total["top5_high_pct"]
    assert per_class(found, list("abcdefghi"))["correct"].sum() == total["correct"]


def test_of_equal_outputs_the_first_class_comes_first() -> None:
    """A network that says nothing is right for class 0 alone, not for all of them."""
    found = predictions([[1.0, 1.0, 1.0]] * 3 + [[0.0, 2.0, 2.0]], [0, 1, 2, 2])
    assert found["rank"].tolist() == [0, 1, 2, 1]
    assert found["predicted"].tolist() == [0, 0, 0, 1]
    # a probability that rounds to 1 hides which output is higher
    close = predictions([[200.0, 201.0, 0.0], [1000.0, 1000.5, 0.0]], [1, 0])
    assert close["rank"].tolist() == [0, 1]


def test_outputs_that_are_not_finite_are_seen() -> None:
    found = predictions([[1.0, float("nan")], [float("inf"), 0.0], [1.0, 0.0]], [0, 0, 0])
    assert found["probability"].isna().tolist() == [True, True, False]
    # nor does an image without a class count as a right one
    assert found["predicted"].tolist() == [-1, -1, 0]
    assert found["rank"].tolist() == [2, 2, 0]


def test_models_are_compared_image_by_image_on_batches_that_are_read_once() -> None:
    images = torch.tensor([[3.0, 0.0], [0.0, 1.0], [1.0, 1.0005]])[:, :, None, None]
    loader = DataLoader(TensorDataset(images, torch.tensor([0, 1, 0])), batch_size=2)
    reads = []

    class Counting:
        def __len__(self) -> int:
            return len(loader)

        def __iter__(self) -> Any:
            for batch in loader:
                reads.append(len(batch[1]))
                yield batch

    batches: Any = Counting()
    models: dict[str, Model] = {
        "torch": nn.Flatten(),
        "file": lambda seen: seen.flatten(1).flip(1) + 0.5,
    }
    found = predict(models, batches)
    assert reads == [2, 1]
    assert found["torch"]["predicted"].tolist() == [0, 1, 1]
    assert found["file"]["predicted"].tolist() == [1, 0, 0]
    assert found["torch"]["difference"].tolist() == [0, 0, 0]
    assert found["file"]["difference"].tolist() == pytest.approx([3.5, 1.5, 0.5005])
    # the last image's two outputs are closer to each other than rounding
    assert found["torch"]["clear"].tolist() == [True, True, False]
