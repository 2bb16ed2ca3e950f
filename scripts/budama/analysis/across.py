"""From the summaries of several scenarios to what they found of each task: each model once.

The pairs of a task are tested here, so that only the stage may import this module; what it returns
is in ``tasks.py``, which the report imports, too.
"""

from collections.abc import Iterator, Mapping
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd

from budama.analysis.columns import MODEL_KEY, PART
from budama.analysis.families import families_of
from budama.analysis.predictions import results_with_predictions
from budama.analysis.published import Published
from budama.analysis.tasks import TaskResults
from budama.config.cells import Cell
from budama.config.cut import NONE
from budama.config.places import PREDICTIONS, dense_folder
from budama.config.schema import DENSE, NOT_APPLICABLE
from budama.system.errors import BudamaError
from budama.system.files.csv_file import read_csv

NEEDED = (
    *("scenario", "task", "model", "dataset", *MODEL_KEY, "test_images", "accuracy_pct"),
    *("provider", "latency_ms", "latency_ratio"),
)
TIMES = (
    *("latency_ms", "latency_ratio", "latency_ratio_low", "latency_ratio_high", "latency_noisy"),
    "peak_pct",
)
ROUNDED = 1e-4  # of an accuracy in percent, in summary.csv


def read_tasks(
    summaries: Mapping[str, Path],
    recipes: dict[str, Any],
    batches: Mapping[str, int],
    published: Path | None,
) -> list[TaskResults]:
    """Return the tasks of the scenarios whose ``summary.csv`` is given by their names.

    Those of one dataset stand together. ``recipes`` and ``published`` are as for a scenario's
    report, ``batches`` those of the calibration by task. Raises ``BudamaError`` if there is no
    summary, or if one cannot be used.
    """
    if not summaries:
        raise BudamaError(
            "no scenario has results yet, so there is nothing to compare: run snakemake --cores "
            "all SCENARIO first, then comparison again"
        )
    tables = {name: _read(path) for name, path in summaries.items()}
    first = [table.iloc[0] for table in tables.values()]
    datasets = list(dict.fromkeys(row["dataset"] for row in first))
    names = dict.fromkeys(row["task"] for row in first)
    tasks = [_task(str(name), tables, recipes, batches.get(name), published) for name in names]
    return sorted(tasks, key=lambda task: datasets.index(task.dataset))


def _read(path: Path) -> pd.DataFrame:
    table = read_csv(path)
    missing = [name for name in NEEDED if name not in table]
    if missing or table.empty or (table["method"] != DENSE).all():
        lacks = ", ".join(missing) or "the dense model's row"
        raise BudamaError(
            f"{path} lacks {lacks}: run snakemake --cores all {path.parent.name} again, or delete "
            "that file to leave the scenario out"
        )
    # the parts of one scenario would split the table of all that share the task
    return table.drop(columns=PART, errors="ignore")


def _task(
    name: str,
    tables: dict[str, pd.DataFrame],
    recipes: dict[str, Any],
    batches: int | None,
    published: Path | None,
) -> TaskResults:
    own = {key: table for key, table in tables.items() if table["task"].iloc[0] == name}
    every = pd.concat([table.assign(scenario=key) for key, table in own.items()])
    table = _with_comparable_times(_each_once(every))
    results = results_with_predictions(table, list(_models(name, table)))
    shared = {key: str(table[key].iloc[0]) for key in ("scenario", "model", "dataset")}
    known = Published(published, shared, recipes, batches, list(own))
    differing = tuple(dict.fromkeys(_differing(every, table)))
    return TaskResults(
        name, tuple(own), table, results, families_of(results, known), known, differing
    )


def _identity(table: pd.DataFrame) -> "pd.Index[str]":
    """Return what tells models of one task apart: a task has one dense model, whatever it says."""
    keys = table[MODEL_KEY].astype(str)
    return pd.Index(["/".join(key) if key[0] != DENSE else DENSE for key in keys.to_numpy()])


def _each_once(every: pd.DataFrame) -> pd.DataFrame:
    """Return each model's first row, the dense one before all others, and whose ``scenarios``."""
    identity = _identity(every)
    whose = every.groupby(identity)["scenario"].agg(" ".join)
    table = every.assign(scenarios=whose.loc[identity].to_numpy())[~identity.duplicated()]
    table = table.sort_values("method", key=lambda names: names != DENSE, kind="stable")
    return table.reset_index(drop=True)


def _with_comparable_times(table: pd.DataFrame) -> pd.DataFrame:
    """Return ``table`` with all milliseconds relative to the same dense time.

    Times of different providers cannot be compared: they are left out.
    """
    if table["provider"].nunique() > 1:
        return table.assign(**dict.fromkeys(TIMES, nan))
    # each scenario has its own: the first is that of the dense model shown, if it was timed
    dense_ms = (table["latency_ms"] / table["latency_ratio"]).dropna()
    return table.assign(latency_ms=table["latency_ratio"] * next(iter(dense_ms), nan))


def _differing(every: pd.DataFrame, table: pd.DataFrame) -> Iterator[tuple[str, str]]:
    identity = _identity(table)
    taken: dict[str, pd.Series[Any]] = {key: table.iloc[n] for n, key in enumerate(identity)}
    for key, scenario, accuracy in zip(
        _identity(every), every["scenario"], every["accuracy_pct"], strict=True
    ):
        if abs(taken[key]["accuracy_pct"] - accuracy) > ROUNDED:
            yield str(taken[key]["scenario"]), str(scenario)


def _models(task: str, table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the models whose predictions are those of the summary: later ones may have come."""
    for row in table.to_dict("records"):
        folder = _folder(task, row)
        predictions = folder / PREDICTIONS
        if not predictions.is_file():
            continue
        right = (pd.read_parquet(predictions, columns=["rank"])["rank"] == 0).mean()
        if abs(100 * right - row["accuracy_pct"]) <= ROUNDED:
            yield {"folder": str(folder)} | {name: row[name] for name in MODEL_KEY}


def _folder(task: str, row: Mapping[Any, Any]) -> Path:
    if row["method"] == DENSE:
        return Path(dense_folder(task))
    own: dict[str, Any] = {
        name: NONE if row[name] == NOT_APPLICABLE else row[name] for name in MODEL_KEY
    }
    return Path(Cell(task, **own).folder)
