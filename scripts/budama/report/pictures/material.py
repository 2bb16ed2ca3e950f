"""What the pictures are drawn from: the summary, and the tables that each model's folder holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from budama.analysis.columns import KEY, MODEL_KEY, PART
from budama.analysis.csv_tables import read_results
from budama.analysis.results import with_intervals
from budama.config.places import CLASSES, CURVE, LAYERS
from budama.config.schema import DENSE, NOT_APPLICABLE
from budama.system.files.csv_file import read_csv


@dataclass(frozen=True)
class Material:
    """The tables of one scenario, each with the columns ``MODEL_KEY`` and ``PART``.

    ``summary`` is ``summary.csv`` with the intervals of the report's table; ``curves``, ``layers``
    and ``classes`` are the rows of all models' ``curve.csv``, ``layers.csv`` and ``classes.csv``,
    with ``position`` (from 0) in their file. A table of which no file was found is empty.
    """

    summary: pd.DataFrame
    curves: pd.DataFrame
    layers: pd.DataFrame
    classes: pd.DataFrame


def read_material(summary: Path, results: Path, models: Iterable[dict[str, Any]]) -> Material:
    """Read what there is of each model's files.

    ``results`` is the table of the stage ``analyse``, which has the intervals over seeds.

    Each of ``models`` gives its ``MODEL_KEY``, ``folder`` and, if it was cut, ``pruned``: the
    folder of its cut. Files that are missing are left out, because a report can be asked for
    although cells have failed.
    """
    found = read_results(results)
    parts = {result.key: result.part for result in found}
    models = [
        model | {PART: parts.get(tuple(str(model[key]) for key in KEY), NOT_APPLICABLE)}
        for model in models
    ]
    return Material(
        summary=with_intervals(read_csv(summary), found),
        curves=_joined(models, "folder", CURVE),
        layers=_joined(models, "pruned", LAYERS),
        classes=_joined(models, "folder", CLASSES),
    )


def _joined(models: list[dict[str, Any]], folder: str, name: str) -> pd.DataFrame:
    tables = [
        read_csv(path).assign(
            **{key: model[key] for key in (*MODEL_KEY, PART)},
            position=lambda table: range(len(table)),
        )
        for model in models
        if folder in model and (path := Path(model[folder]) / name).is_file()
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=MODEL_KEY)


def cells(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are not the dense model's."""
    return table[table["method"] != DENSE]


def is_cut(table: pd.DataFrame) -> "pd.Series[bool]":
    """Return which rows are those of pruned models."""
    return table["scope"] != NOT_APPLICABLE


def over_seeds(table: pd.DataFrame, figures: list[str], *more: str) -> pd.DataFrame:
    """Return the means of ``figures`` over the seeds, and ``seeds``: how many there are.

    Rows are told apart by ``KEY`` and by the columns ``more``; their order is that of their first
    appearance. This is drawing and not analysis: a mean says where a mark or a line stands, and
    nothing is tested or concluded from it. Curves, layers and classes are in no table of the
    analysis; the intervals of the summary, which are, come from there and stay as they are.
    """
    groups = table.groupby([*KEY, *more], sort=False, dropna=False)
    means = groups[figures].mean()
    means["seeds"] = groups["seed"].nunique()
    return means.reset_index()
