"""The models of a summary: one result per method and terms, seeds put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import isnan, nan
from typing import Any

import numpy as np
import pandas as pd

from budama.analysis.columns import CHOSEN, FIGURES, KEY, NOISY, PART, SPREAD
from budama.analysis.difference import Right
from budama.config.places import RESULTS_TABLE
from budama.config.schema import DENSE, DENSE_FINETUNED, NOT_APPLICABLE
from budama.system.errors import BudamaError

RANDOM = "random"
CONTROLS = (DENSE_FINETUNED, RANDOM)
# How one figure of several seeds is put together
_OVER_SEEDS: dict[str, Callable[["pd.Series[float]"], float]] = {
    "mean": lambda values: float(values.mean()),
    "lowest": lambda values: float(values.min()),
    "highest": lambda values: float(values.max()),
}
# The ends of intervals: in a picture, every seed has those of its result
_ENDS = ("accuracy_low_pct", "accuracy_high_pct", "latency_ratio_low", "latency_ratio_high")
STEADY = 0.05  # change of the latency that means nothing where no interval was measured


class _Figure:
    """An attribute of a result: the figure of a column."""

    def __init__(self, column: str) -> None:
        self._column = column

    def __get__(self, result: "Result", kind: type | None = None) -> float:
        return result.figures[self._column]


@dataclass(frozen=True, eq=False)
class Result:
    """What one method reached, its seeds put together.

    ``figures`` are those of ``analysis/columns.py`` and ``SPREAD``, the standard deviation of the
    accuracy over seeds, by their columns; one that is missing is NaN. The interval from ``low`` to
    ``high`` is the accuracy's, of 95%; ``ratio_low`` and ``ratio_high`` span those of all seeds'
    latencies. ``chosen`` is what the normaliser ``auto`` came to, ``part`` the title of the
    scenario's part that it belongs to. ``right`` tells for each seed
    which test images were predicted right; it is empty without predictions. ``published`` names
    the scenario for which a figure was published, and is empty where it is a result of our own.
    """

    method: str
    scope: str
    budget: str
    normaliser: str
    repair: str
    recipe: str
    seeds: tuple[int, ...]
    images: int
    figures: Mapping[str, float]
    noisy: bool = False
    chosen: str = NOT_APPLICABLE
    part: str = NOT_APPLICABLE
    right: Mapping[int, Right] = field(default_factory=dict)
    published: str = ""

    accuracy = _Figure("accuracy_pct")
    low = _Figure("accuracy_low_pct")
    high = _Figure("accuracy_high_pct")
    spread = _Figure(SPREAD)
    drop = _Figure("accuracy_drop_pp")
    validation = _Figure("validation_pct")
    size = _Figure("size_mib")
    size_change = _Figure("size_change_pct")
    macs = _Figure("macs_g")
    macs_change = _Figure("macs_change_pct")
    latency = _Figure("latency_ms")
    ratio = _Figure("latency_ratio")
    ratio_low = _Figure("latency_ratio_low")
    ratio_high = _Figure("latency_ratio_high")

    @property
    def key(self) -> tuple[str, ...]:
        """What tells results apart, in the order of ``KEY``."""
        return tuple(getattr(self, name) for name in KEY)

    @property
    def known(self) -> bool:
        """Whether there is an accuracy at all."""
        return not isnan(self.accuracy)

    @property
    def timed(self) -> bool:
        """Whether its latency was measured."""
        return not isnan(self.ratio)

    @property
    def timed_closely(self) -> bool:
        """Whether the ratio of its latency has an interval: too few processes give none."""
        return self.ratio_low <= self.ratio_high

    @property
    def speed(self) -> int:
        """−1 for faster than the dense model, 1 for slower, 0 where that cannot be told.

        Without an interval of the ratio, 5% to both sides stand for it.
        """
        low, high = self.ratio - STEADY, self.ratio + STEADY
        if self.timed_closely:
            low, high = self.ratio_low, self.ratio_high
        return int(low > 1) - int(high < 1)

    def kept_of(self, dense: "Result") -> float:
        """Return the accuracy in percent of ``dense``'s; NaN if that got nothing right."""
        return 100 * self.accuracy / dense.accuracy if dense.accuracy else nan

    @property
    def all_right(self) -> Right:
        """The predictions of all seeds, ``[seeds, images]``."""
        return np.stack(list(self.right.values()))

    def with_figures(self, **figures: float) -> "Result":
        """Return the result with other ``figures``, by their columns."""
        return replace(self, figures={**self.figures, **figures})

    def as_published(
        self, scenario: str, scope: str, budget: str, figures: Mapping[str, float]
    ) -> "Result":
        """Return what ``scenario`` published of the same method: ``figures``, by their columns.

        It stands on the same number of images, without predictions; what else it differs in is
        not known.
        """
        return replace(
            self,
            scope=scope,
            budget=budget,
            normaliser=NOT_APPLICABLE,
            repair=NOT_APPLICABLE,
            recipe=NOT_APPLICABLE,
            chosen=NOT_APPLICABLE,
            part=NOT_APPLICABLE,
            figures=dict.fromkeys(self.figures, nan) | dict(figures),
            noisy=False,
            right={},
            published=scenario,
        )


def results_of(table: pd.DataFrame) -> list[Result]:
    """Return the results in the order of the summary ``table``, the dense model first.

    The interval of an accuracy is the mean of its seeds': one over seeds and images needs their
    predictions, see ``analysis/predictions.py``.
    """
    return [_result(rows) for _, rows in table.groupby(KEY, sort=False)]


def seeds_of(table: pd.DataFrame) -> list[Result]:
    """Return a result for every row of the summary."""
    return [_result(table.iloc[[place]]) for place in range(len(table))]


def with_intervals(table: pd.DataFrame, results: list[Result]) -> pd.DataFrame:
    """Return a summary whose rows have, for their seed's intervals, those of their results.

    Raises ``BudamaError`` if they are of another summary.
    """
    found = {result.key: result for result in results}
    keys = list(table[KEY].itertuples(index=False, name=None))
    for key in keys:
        if key not in found:
            raise BudamaError(
                f"the results have no row for {', '.join(key)}, which the summary has: delete "
                f"{RESULTS_TABLE} and run again"
            )
    rows = [found[key] for key in keys]
    return table.assign(
        **{name: [row.figures[name] for row in rows] for name in _ENDS if name in table}
    )


def is_method(result: Result) -> bool:
    """Whether a result is a method's, and not the dense model's or a control's."""
    return result.method not in (DENSE, *CONTROLS)


def _result(rows: pd.DataFrame) -> Result:
    first = rows.iloc[0]
    names: dict[str, Any] = {name: str(first[name]) for name in KEY}
    accuracies = _column(rows, "accuracy_pct")
    tested = rows[accuracies.notna()]
    figures = {
        column.name: _OVER_SEEDS[column.over_seeds](_column(rows, column.name))
        for column in FIGURES
    }
    return Result(
        **names,
        seeds=tuple(int(seed) for seed in (rows if tested.empty else tested)["seed"]),
        images=int(first["test_images"]),
        figures={**figures, SPREAD: float(accuracies.std())},
        noisy=bool(_column(rows, NOISY).fillna(0).astype(bool).any()),
        chosen=_chosen(rows),
        part=str(first.get(PART, NOT_APPLICABLE)),
    )


def _chosen(rows: pd.DataFrame) -> str:
    """Return what the normaliser of each seed came to, with spaces between where they differ."""
    if CHOSEN not in rows:
        return NOT_APPLICABLE
    return " ".join(dict.fromkeys(rows[CHOSEN].dropna())) or NOT_APPLICABLE


def _column(rows: pd.DataFrame, name: str) -> "pd.Series[float]":
    if name not in rows:
        return pd.Series(nan, rows.index)
    return pd.to_numeric(rows[name].replace({"True": 1, "False": 0}))
