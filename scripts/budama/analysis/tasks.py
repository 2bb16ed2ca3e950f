"""What several scenarios found of one task, and the tables of that.

Apart from ``across.py``, which reads and tests it, because the page across scenarios is written
from these results and must not load scipy.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from budama.analysis.columns import KEY
from budama.analysis.comparisons import Family
from budama.analysis.csv_tables import comparisons_table
from budama.analysis.published import Published
from budama.analysis.results import Result


@dataclass(frozen=True)
class TaskResults:
    """What all scenarios found of one task.

    ``table`` are the rows of their summaries, each model once, the dense one first, without times
    if these are of several providers; ``results`` and ``families`` are what follows from them.
    ``differing`` names two scenarios that do not agree on a model: the first, whose figures are
    taken, and the other.
    """

    name: str
    scenarios: tuple[str, ...]
    table: pd.DataFrame
    results: list[Result]
    families: list[Family]
    published: Published
    differing: tuple[tuple[str, str], ...]

    @property
    def model(self) -> str:
        """The name of the architecture."""
        return str(self.table["model"].iloc[0])

    @property
    def dataset(self) -> str:
        """The name of the dataset."""
        return str(self.table["dataset"].iloc[0])

    @property
    def provider(self) -> str:
        """What the models were timed on, empty if they were not."""
        return ", ".join(self.table["provider"].dropna().unique())

    @property
    def timed_on(self) -> dict[str, list[str]]:
        """The scenarios whose times there are, by ONNX Runtime's provider."""
        rows = self.table.groupby("provider", sort=False)["scenario"]
        return {str(provider): list(names.unique()) for provider, names in rows}


def results_across(tasks: list[TaskResults]) -> pd.DataFrame:
    """Return a row for each task's methods on each terms, seeds put together."""
    rows = [_row(task, result) for task in tasks for result in task.results]
    return pd.DataFrame(rows).round(6)


def comparisons_across(tasks: list[TaskResults]) -> pd.DataFrame:
    """Return a row for each comparison of every task, as in a scenario's ``comparisons.csv``."""
    tables = [comparisons_table(task.families, {"task": task.name}) for task in tasks]
    return pd.concat([table for table in tables if len(table)] or tables[:1])


def _row(task: TaskResults, result: Result) -> dict[str, Any]:
    dense = task.results[0]
    same = (task.table[KEY] == list(result.key)).all(axis=1)
    published = task.published.row(result)
    return {
        "task": task.name,
        "model": task.model,
        "dataset": task.dataset,
        "scenarios": task.table.loc[same, "scenarios"].iloc[0],
        **dict(zip(KEY, result.key, strict=True)),
        "seeds": len(result.seeds),
        "test_images": result.images,
        "accuracy_pct": result.accuracy,
        "accuracy_low_pct": result.low,
        "accuracy_high_pct": result.high,
        "accuracy_drop_pp": result.accuracy - dense.accuracy,
        "accuracy_kept_pct": result.kept_of(dense),
        "size_mib": result.size,
        "size_left_pct": 100 + result.size_change,
        "macs_g": result.macs,
        "macs_left_pct": 100 + result.macs_change,
        "latency_ratio": result.ratio,
        "latency_ratio_low": result.ratio_low,
        "latency_ratio_high": result.ratio_high,
        "published_accuracy_pct": None if published is None else published.accuracy_pct,
    }
