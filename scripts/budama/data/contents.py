"""What the hashes of a dataset's images tell: which are equal, and whether any has changed."""

import hashlib
from typing import Any

import pandas as pd

from budama.data.sources import ALL_PARTS


def duplicates(images: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the contents that several parts have: their hash and their keys in each of these."""
    return [
        {"sha256": sha, **{part: list(same.loc[same["part"] == part, "key"]) for part in parts}}
        for sha, same in _in_several(images, "part").groupby("sha256")
        for parts in [[part for part in ALL_PARTS if part in set(same["part"])]]
    ]


def contradictions(images: pd.DataFrame, classes: list[str]) -> list[dict[str, Any]]:
    """Return the contents that several classes have: their hash, the classes and the images."""
    return [
        {
            "sha256": sha,
            "classes": [classes[label] for label in sorted(same["label"].unique())],
            "images": list(same["part"] + ": " + same["key"]),
        }
        for sha, same in _in_several(images, "label").groupby("sha256")
    ]


def fingerprint(images: pd.DataFrame, classes: list[str]) -> str:
    """Return a SHA-256 that changes when the content, the name or the label of any image does."""
    digest = hashlib.sha256("\n".join(classes).encode())
    for row in images[["part", "key", "label", "sha256"]].itertuples(index=False):
        digest.update(f"\n{row.part}/{row.key} {row.label} {row.sha256}".encode())
    return digest.hexdigest()


def _in_several(images: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the images whose content has several values in ``column``."""
    values = images.groupby("sha256")[column].nunique()
    return images[images["sha256"].isin(values.index[values > 1])]
