"""The models of a summary: one result per method, scope, budget and recipe, seeds put together."""

from dataclasses import dataclass, field, replace
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from budama.analysis.tests import Right, accuracy_interval, seed_noise
from budama.config.schema import DENSE, DENSE_FINETUNED
from budama.system.errors import BudamaError

RANDOM = "random"
CONTROLS = (DENSE_FINETUNED, RANDOM)
KEY = ["method", "scope", "budget", "recipe"]
# Figures that are averaged over seeds, by their columns in summary.csv; any may be missing
FIGURES = {
    "accuracy": "accuracy_pct",
    "drop": "accuracy_drop_pp",
    "top5": "top5_pct",
    "after_cut": "validation_after_cut_pct",
    "size": "size_mib",
    "size_change": "size_change_pct",
    "macs": "macs_g",
    "macs_change": "macs_change_pct",
    "latency": "latency_ms",
    "ratio": "latency_ratio",
    "peak": "peak_pct",
    "onnx_accuracy": "onnx_accuracy_pct",
}
# The ends of intervals, which are not averaged
_ENDS = {
    "accuracy_low_pct": "low",
    "accuracy_high_pct": "high",
    "latency_ratio_low": "ratio_low",
    "latency_ratio_high": "ratio_high",
}


@dataclass(frozen=True, eq=False)
class Result:
    """What one method reached, as the mean over its seeds.

    A figure that is missing is NaN. ``low`` and ``high`` are the 95% interval of the accuracy in
    percent; ``spread`` is its standard deviation over seeds, NaN for one; ``ratio_low`` and
    ``ratio_high`` span the latency intervals of all seeds. ``right`` tells for each seed which test
    images were predicted right; it is empty without predictions.
    """

    method: str
    scope: str
    budget: str
    recipe: str
    seeds: tuple[int, ...]
    images: int
    accuracy: float
    drop: float
    top5: float
    after_cut: float
    size: float
    size_change: float
    macs: float
    macs_change: float
    latency: float
    ratio: float
    peak: float
    onnx_accuracy: float
    low: float
    high: float
    spread: float
    ratio_low: float
    ratio_high: float
    noisy: bool
    right: dict[int, Right] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether there is an accuracy at all."""
        return not isnan(self.accuracy)

    @property
    def timed(self) -> bool:
        """Whether its latency was measured."""
        return not isnan(self.ratio)

    def kept_of(self, dense: "Result") -> float:
        """Return the accuracy in percent of ``dense``'s; NaN if that got nothing right."""
        return 100 * self.accuracy / dense.accuracy if dense.accuracy else nan

    @property
    def all_right(self) -> Right:
        """The predictions of all seeds, ``[seeds, images]``."""
        return np.stack(list(self.right.values()))


def results_of(table: pd.DataFrame, models: list[dict[str, Any]]) -> list[Result]:
    """Return the results in the order of the summary, the dense model first.

    ``models`` give the folder of each model beside its own columns; predictions are read from
    there where they exist. Raises ``BudamaError`` if they are of different images.
    """
    predictions = _read_predictions(models)
    results = [_result(rows, predictions) for _, rows in table.groupby(KEY, sort=False)]
    return [_with_interval(result, results) for result in results]


def with_intervals(table: pd.DataFrame, results: list[Result]) -> pd.DataFrame:
    """Return a summary whose rows have, for their seed's intervals, those of their results."""
    found = {tuple(getattr(result, name) for name in KEY): result for result in results}
    rows = [found[key] for key in table[KEY].itertuples(index=False, name=None)]
    columns = {name: end for name, end in _ENDS.items() if name in table}
    return table.assign(
        **{name: [getattr(row, end) for row in rows] for name, end in columns.items()}
    )


def seeds_of(table: pd.DataFrame) -> list[Result]:
    """Return a result for every row of the summary."""
    return [_result(table.iloc[[place]], {}) for place in range(len(table))]


def _with_interval(result: Result, results: list[Result]) -> Result:
    """Return ``result`` with an interval over seeds and images, if its predictions allow one.

    The noise of training is that of all that was cut and trained on the same terms: it is known
    where any of these has a second seed. The dense model is one given model.
    """
    if result.method == DENSE or not result.right:
        return result
    terms = (result.scope, result.budget, result.recipe)
    alike = [r.all_right for r in results if r.right and (r.scope, r.budget, r.recipe) == terms]
    noise = seed_noise(alike)
    if noise is None:
        return result
    low, high = accuracy_interval(result.all_right, noise)
    return replace(result, low=low, high=high)


def _result(rows: pd.DataFrame, predictions: dict[tuple[str, ...], Right]) -> Result:
    first = rows.iloc[0]
    key = tuple(str(first[name]) for name in KEY)
    names: dict[str, Any] = dict(zip(KEY, key, strict=True))
    figures: dict[str, Any] = {
        name: float(_column(rows, column).mean()) for name, column in FIGURES.items()
    }
    accuracies = _column(rows, "accuracy_pct")
    tested = rows[accuracies.notna()]
    right = {
        int(seed): predictions[(*key, str(seed))]
        for seed in tested["seed"]
        if (*key, str(seed)) in predictions
    }
    return Result(
        **names,
        **figures,
        seeds=tuple(int(seed) for seed in (rows if tested.empty else tested)["seed"]),
        images=int(first["test_images"]),
        low=float(_column(rows, "accuracy_low_pct").mean()),
        high=float(_column(rows, "accuracy_high_pct").mean()),
        spread=float(accuracies.std()),
        ratio_low=float(_column(rows, "latency_ratio_low").min()),
        ratio_high=float(_column(rows, "latency_ratio_high").max()),
        noisy=bool(_column(rows, "latency_noisy").fillna(0).astype(bool).any()),
        right=right if len(right) == len(tested) else {},
    )


def _column(rows: pd.DataFrame, name: str) -> "pd.Series[float]":
    if name not in rows:
        return pd.Series(nan, rows.index)
    return pd.to_numeric(rows[name].replace({"True": 1, "False": 0}))


def _read_predictions(models: list[dict[str, Any]]) -> dict[tuple[str, ...], Right]:
    found: dict[tuple[str, ...], Right] = {}
    keys: pd.Series[str] | None = None
    for model in models:
        path = Path(model["folder"]) / "predictions.parquet"
        if not path.exists():
            continue
        table = pd.read_parquet(path, columns=["key", "rank"])
        keys = table["key"] if keys is None else keys
        if not keys.equals(table["key"]):
            raise BudamaError(
                f"{path} holds other test images than the models before it: delete it and run again"
            )
        name = (*(str(model[part]) for part in KEY), str(model["seed"]))
        found[name] = (table["rank"] == 0).to_numpy()
    return found


def is_method(result: Result) -> bool:
    """Whether a result is a method's, and not the dense model's or a control's."""
    return result.method not in (DENSE, *CONTROLS)
