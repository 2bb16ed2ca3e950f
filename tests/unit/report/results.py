"""Results made up figure by figure, for the tests of what is said about them."""

from math import nan
from typing import Any

import numpy as np

from budama.analysis.comparisons import families_of, groups_of
from budama.analysis.published import Published
from budama.analysis.results import FIGURES, Result
from budama.analysis.tests import Right
from budama.report.facts import Facts

IMAGES = 10_000
TERMS = {"scope": "layer", "budget": "channels-0.1", "recipe": "plain"}
NO_TERMS = {"scope": "-", "budget": "-"}
DENSE_MACS, DENSE_SIZE = 4.0, 100.0


def made(method: str, accuracy: float, dense: float = 90.0, **figures: Any) -> Result:
    """Return a result on 10,000 images: 5 points are a real difference there, 0.1 is none."""
    uncut = method in ("dense", "dense-finetuned")
    macs = figures.pop("macs", DENSE_MACS if uncut else 3.2)
    size = figures.pop("size", DENSE_SIZE if uncut else 80.0)
    known: dict[str, Any] = {
        "accuracy": accuracy,
        "drop": accuracy - dense,
        "size": size,
        "macs": macs,
        "size_change": 100 * (size / DENSE_SIZE - 1),
        "macs_change": 100 * (macs / DENSE_MACS - 1),
    }
    unknown = ("low", "high", "spread", "ratio_low", "ratio_high")
    other: dict[str, Any] = {"seeds": (0,), "images": IMAGES, "noisy": False, "right": {}}
    terms: dict[str, Any] = TERMS | (NO_TERMS if uncut else {})
    missing: dict[str, Any] = dict.fromkeys([*FIGURES, *unknown], nan)
    return Result(method=method, **missing | other | terms | known | figures)


def facts_of(
    *cells: Result, dense: float = 90.0, published: Published | None = None, **parts: Any
) -> Facts:
    results = [made("dense", dense, dense), *cells]
    groups = groups_of(results)
    shared = {"scenario": "s", "model": "m", "dataset": "d"}
    known: dict[str, Any] = {
        "scenario": "s",
        "results": results,
        "seeds": results,
        "models": [],
        "failed": [],
        "groups": groups,
        "families": families_of(results, groups),
        "published": published or Published(None, shared, {}),
        "provider": "CPU",
    }
    return Facts(**known | parts)


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
