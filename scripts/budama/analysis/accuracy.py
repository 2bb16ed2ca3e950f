"""Accuracy with its interval: of all images, and of each class."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist
from typing import Any

import pandas as pd

TOP = 5


def accuracy(predictions: pd.DataFrame, classes: int) -> dict[str, float | int]:
    """Return top-1 accuracy and, if there are more than five ``classes``, top-5.

    Each in percent with its 95% confidence interval (Wilson, JASA 1927).
    """
    images = len(predictions)
    correct = int((predictions["rank"] == 0).sum())
    found = {"images": images, "correct": correct} | _with_interval(correct, images, "accuracy")
    if classes > TOP:
        among = int((predictions["rank"] < TOP).sum())
        found |= {"top5_correct": among} | _with_interval(among, images, "top5")
    return found


def per_class(predictions: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Return top-1 accuracy of each class, as ``accuracy`` does; empty where it has no images."""
    right = (predictions["rank"] == 0).groupby(predictions["label"]).agg(["size", "sum"])
    counts = right.reindex(range(len(classes)), fill_value=0).astype(int)
    rows: list[dict[str, Any]] = [
        {"class": name, "images": images, "correct": correct}
        | (_with_interval(correct, images, "accuracy") if images else {})
        for name, images, correct in zip(classes, counts["size"], counts["sum"], strict=True)
    ]
    return pd.DataFrame(rows)


def _with_interval(correct: int, images: int, name: str) -> dict[str, float]:
    low, high = wilson_interval(correct, images)
    return {
        f"{name}_pct": 100 * correct / images,
        f"{name}_low_pct": 100 * low,
        f"{name}_high_pct": 100 * high,
    }


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95% interval of a share (Wilson, JASA 1927, 22:209), without a correction.

    The same as that of ``scipy.stats``, whose import takes longer than testing a small model.
    """
    share, z = successes / trials, NormalDist().inv_cdf(0.975)
    middle = share + z * z / (2 * trials)
    half = z * sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    scale = 1 + z * z / trials
    low = (middle - half) / scale if successes else 0.0
    return low, (middle + half) / scale if successes < trials else 1.0
