"""Scenarios that are compared: TS3 as published, and others made from it."""

from pathlib import Path
from typing import Any

import pandas as pd

from budama.analysis.across import read_tasks
from budama.analysis.tasks import TaskResults
from tests.unit.report.scenario import summary

GLOBAL = {"scope": "global", "normaliser": "mean", "accuracy_pct": 77.0, "accuracy_low_pct": 76.6}
OTHER = {"task": "b4", "model": "torchvision/b4", "dataset": "food101"}


def write(name: str, *changes: dict[str, Any], **both: Any) -> Path:
    """Write TS3's summary for another scenario.

    ``changes`` are those of the dense and the pruned model, ``both`` those of both.
    """
    path = Path("results/reports") / name / "summary.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.read_csv(summary(path)).assign(scenario=name, **both)
    for row, change in enumerate(changes):
        for column, value in change.items():
            table.loc[row, column] = value
    table.to_csv(path, index=False)
    return path


def read(**summaries: Path) -> list[TaskResults]:
    return read_tasks(summaries, {"published": {"epochs": 10}}, {}, None)


def timed(provider: str, dense_ms: float) -> list[dict[str, Any]]:
    """Return the changes of a dense model and of one that takes half its time."""
    return [
        {"provider": provider, "latency_ms": share * dense_ms, "latency_ratio": share}
        for share in (1.0, 0.5)
    ]
