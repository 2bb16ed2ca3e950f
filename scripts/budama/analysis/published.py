"""Figures that were published elsewhere: which belong to a result, and which to its neighbours."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from budama.analysis.results import Result
from budama.config.budget import Budget
from budama.config.cut import NONE
from budama.config.schema import DENSE
from budama.system.files.csv_file import read_csv

UNNAMED = "unnamed"
TEXT = ("scenario", "model", "dataset", "scope", "method")


class Published:
    """The published figures that concern one scenario: its own, and others of its task.

    Those of several scenarios of one task, where these are compared in one table.
    """

    def __init__(
        self,
        path: Path | None,
        shared: dict[str, str],
        recipes: dict[str, Any],
        batches: int | None = None,
        beside: Sequence[str] = (),
    ) -> None:
        """Read ``path``; ``shared`` names the scenario, model and dataset, as in the summary.

        ``recipes`` are those of the scenario's settings: figures after another number of epochs
        are not its own, and neither are those after another number than ``batches`` of calibration.
        ``beside`` names more scenarios whose figures are.
        """
        table = read_csv(path) if path else pd.DataFrame(columns=TEXT)
        same_task = (table["model"] == _bare(shared["model"])) & (
            table["dataset"] == shared["dataset"]
        )
        own = same_task & table["scenario"].isin([shared["scenario"], *beside])
        self._epochs = {name: recipe["epochs"] for name, recipe in recipes.items()}
        self._batches = batches
        self.own: list[Any] = list(table[own].itertuples())
        self.others: list[Any] = list(table[same_task & ~own].itertuples())

    def row(self, result: Result) -> Any | None:
        """Return the published row of ``result``: None where there is none, or settings differ."""
        return next((row for row in self.own if self._matches(row, result)), None)

    def _matches(self, row: Any, result: Result) -> bool:
        if row.method != result.method or pd.isna(row.accuracy_pct):
            return False
        if result.method == DENSE:
            return True
        ratio, epochs = self.settings(result)
        return (
            row.scope == result.scope
            # the reports know of none: a repaired model is not theirs
            and result.repair == NONE
            and (pd.isna(row.ratio) or ratio == row.ratio)
            and (pd.isna(row.finetune_epochs) or epochs in (None, row.finetune_epochs))
            and (
                pd.isna(row.calibration_batches) or self._batches in (None, row.calibration_batches)
            )
        )

    def settings(self, result: Result) -> tuple[float | None, int | None]:
        """Return the share of channels and the epochs of ``result``, ``None`` for what has none."""
        return _ratio(result.budget), self._epochs.get(result.recipe)


def _bare(model: str) -> str:
    return model.rpartition("/")[2]


def _ratio(budget: str) -> float | None:
    parts = Budget.from_id(budget)
    plain = parts.kind == "channels" and parts.round_to == 1 and parts.steps == 1
    return parts.value if plain else None
