"""Results and predictions made up figure by figure."""

from math import nan
from typing import Any

import numpy as np

from budama.analysis.columns import FIGURES, SPREAD
from budama.analysis.difference import Right
from budama.analysis.results import Result

IMAGES = 10_000
TERMS = {
    "scope": "layer",
    "budget": "channels-0.1",
    "normaliser": "-",
    "repair": "none",
    "recipe": "plain",
}
GLOBAL: dict[str, Any] = {"scope": "global", "normaliser": "mean"}
NO_TERMS = dict.fromkeys(("scope", "budget", "normaliser", "repair"), "-")
DENSE_MACS, DENSE_SIZE = 4.0, 100.0
# Short names of figures, for tests
COLUMNS = {
    "accuracy": "accuracy_pct",
    "drop": "accuracy_drop_pp",
    "low": "accuracy_low_pct",
    "after_cut": "validation_after_cut_pct",
    "norms": "validation_norms_pct",
    "repaired": "validation_repaired_pct",
    "high": "accuracy_high_pct",
    "spread": SPREAD,
    "onnx_accuracy": "onnx_accuracy_pct",
    "size": "size_mib",
    "size_change": "size_change_pct",
    "macs": "macs_g",
    "macs_change": "macs_change_pct",
    "latency": "latency_ms",
    "ratio": "latency_ratio",
    "ratio_low": "latency_ratio_low",
    "ratio_high": "latency_ratio_high",
}


def made(method: str, accuracy: float, dense: float = 90.0, **given: Any) -> Result:
    """Return a result on 10,000 images: 5 points are a real difference there, 0.1 is none.

    ``given`` are figures by their short names, and other attributes of a result.
    """
    uncut = method in ("dense", "dense-finetuned")
    macs = given.pop("macs", DENSE_MACS if uncut else 3.2)
    size = given.pop("size", DENSE_SIZE if uncut else 80.0)
    known: dict[str, Any] = {
        "accuracy": accuracy,
        "drop": accuracy - dense,
        "size": size,
        "macs": macs,
        "size_change": 100 * (size / DENSE_SIZE - 1),
        "macs_change": 100 * (macs / DENSE_MACS - 1),
    }
    known |= {name: value for name, value in given.items() if name in COLUMNS}
    figures = dict.fromkeys([*(column.name for column in FIGURES), SPREAD], nan)
    figures |= {COLUMNS[name]: value for name, value in known.items()}
    other: dict[str, Any] = {"seeds": (0,), "images": IMAGES}
    other |= TERMS | (NO_TERMS if uncut else {})
    other |= {name: value for name, value in given.items() if name not in COLUMNS}
    return Result(method=method, figures=figures, **other)


def predictions(seed: int, shares: list[float], seeds: int, spread: float = 0.0) -> list[Right]:
    """Return ``[seeds, 2,000 images]`` per method, which gets its share of the images right.

    Some images are hard for all; ``spread`` is the standard deviation of a training's own share.
    """
    random = np.random.default_rng(seed)
    hard = random.normal(size=2000)
    found = []
    for share in shares:
        own = hard + 0.5 * random.normal(size=2000)
        threshold = np.quantile(own, share + spread * random.normal(size=seeds))[:, None]
        found.append(own + 0.3 * random.normal(size=(seeds, 2000)) < threshold)
    return found
