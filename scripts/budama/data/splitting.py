"""Which images of a class go to a split that the dataset does not have.

Drawn by content: equal images are never on both sides, and another source of the same images, with
other names in another order, gives the same splits.
"""

import hashlib
from typing import Any

import pandas as pd

from budama.config.data import Dataset, Drawn


def by_content(dataset: Dataset) -> bool:
    """Whether splits are drawn by content: of formats that lay out anybody's images.

    Those of published datasets are drawn by place, as the first release drew them.
    """
    return isinstance(dataset, Drawn)


def share_of_test(dataset: Dataset) -> float | None:
    """Return the share of each class that becomes the test part; none where there is one."""
    asked = getattr(dataset, "test", None)
    return asked if isinstance(asked, float) else None


def drawn_order(sha256: "pd.Series[Any]", seed: int, purpose: str) -> "pd.Series[Any]":
    """Return what sorts contents at random: as ``seed`` and ``purpose`` (any word) decide."""
    return sha256.map(lambda sha: hashlib.sha256(f"{seed} {purpose} {sha}".encode()).hexdigest())


def drawn_share(images: pd.DataFrame, share: float, seed: int, purpose: str) -> pd.Index:
    """Return the rows of ``images`` that a draw of ``share`` of each class takes.

    ``images`` has ``label`` and ``sha256``. Counted in contents, of each class at least one, and
    never all; a content that has several labels counts for the first of them, and is drawn whole.
    """
    contents = images.groupby("sha256")["label"].min().reset_index()
    contents["order"] = drawn_order(contents["sha256"], seed, purpose)
    taken: set[str] = set()
    for _, rows in contents.sort_values("order").groupby("label"):
        taken.update(rows["sha256"].head(number_drawn(len(rows), share)))
    return images.index[images["sha256"].isin(taken)]


def number_drawn(available: int, share: float) -> int:
    """Return how many of so many images of a class ``share`` is: one at least, and never all."""
    return min(max(1, round(available * share)), available - 1)
