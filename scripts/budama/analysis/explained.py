"""How much of what layers read the kept channels explain: which layers could spare channels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from budama.analysis.columns import CUT_KEY
from budama.config.places import REPAIR
from budama.system.errors import BudamaError
from budama.system.files.csv_file import read_csv

_FIGURES = ["inputs", "kept", "explained_pct"]
WORST = 3


@dataclass(frozen=True)
class Layer:
    """A layer that reads cut channels: how many of its ``inputs`` were ``kept``.

    ``explained`` is the share, in percent, of the variance of all its inputs that those explain.
    """

    name: str
    inputs: float
    kept: float
    explained: float


@dataclass(frozen=True)
class Explained:
    """What a cut left to its layers, as the mean over seeds.

    ``cut`` has its method and ``AXES`` but the recipe, ``mean`` is that of all layers that lost
    inputs, and ``worst`` are those of which least is explained, the worst first.
    """

    cut: dict[str, str]
    mean: float
    worst: tuple[Layer, ...]


def read_explained(models: Iterable[Mapping[str, Any]]) -> list[Explained]:
    """Return what is explained after each cut of ``models`` whose repair found it.

    Those that were cut give the folder of that as ``pruned``. A file that is missing is left out,
    because a report can be asked for although cells have failed. Raises ``BudamaError`` if one has
    other columns.
    """
    cuts = {model["pruned"]: model for model in models if "pruned" in model}
    tables = [_read(Path(folder), model) for folder, model in cuts.items()]
    found = [table for table in tables if len(table)]
    if not found:
        return []
    every = pd.concat(found, ignore_index=True)
    layers = every.groupby([*CUT_KEY, "layer"], sort=False)[_FIGURES].mean().reset_index()
    return [_of_cut(rows) for _, rows in layers.groupby(CUT_KEY, sort=False)]


def _read(folder: Path, model: Mapping[str, Any]) -> pd.DataFrame:
    path = folder / REPAIR
    if not path.is_file():
        return pd.DataFrame()
    table = read_csv(path)
    missing = [name for name in ("layer", *_FIGURES) if name not in table]
    if missing:
        raise BudamaError(f"{path} lacks {', '.join(missing)}: delete it and run again")
    lost = table[(table["kept"] < table["inputs"]) & table["explained_pct"].notna()]
    return lost.assign(**{name: model[name] for name in CUT_KEY})


def _of_cut(rows: pd.DataFrame) -> Explained:
    worst = rows.nsmallest(WORST, "explained_pct")
    layers = zip(worst["layer"], *(worst[name] for name in _FIGURES), strict=True)
    cut = {name: str(rows[name].iloc[0]) for name in CUT_KEY}
    return Explained(cut, float(rows["explained_pct"].mean()), tuple(Layer(*of) for of in layers))
