"""All models of all tasks in one table, for a CSV file."""

from typing import Any

import pandas as pd

from budama.analysis.results import KEY, Result
from budama.report.across.tasks import Task


def as_csv(tasks: list[Task]) -> pd.DataFrame:
    """Return a row for each task's method, scope, budget and recipe, seeds put together."""
    rows = [_csv_row(task, result) for task in tasks for result in task.facts.results]
    return pd.DataFrame(rows).round(6)


def _csv_row(task: Task, result: Result) -> dict[str, Any]:
    dense = task.facts.results[0]
    same = (task.table[KEY] == [getattr(result, name) for name in KEY]).all(axis=1)
    published = task.facts.published.row(result)
    return {
        "task": task.name,
        "model": task.model,
        "dataset": task.dataset,
        "scenarios": task.table.loc[same, "scenarios"].iloc[0],
        **{name: getattr(result, name) for name in KEY},
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
