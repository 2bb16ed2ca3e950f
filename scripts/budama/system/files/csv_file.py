"""The project's own tables, as CSV."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

# Whatever a name looks like, it stays text: 010 is not a number, and NA is not missing
NAMES = (
    *("scenario", "task", "model", "dataset", "method", "scope", "budget", "recipe"),
    *("normaliser", "normaliser_chosen", "repair", "part"),
    *("class", "layer", "precision", "provider"),
)


def read_csv(path: Path, *, text: Iterable[str] = ()) -> pd.DataFrame:
    """Return the table in ``path``: ``NAMES`` and ``text`` as text, and empty cells as missing."""
    names = dict.fromkeys((*NAMES, *text), str)
    return pd.read_csv(path, dtype=names, keep_default_na=False, na_values=[""])
