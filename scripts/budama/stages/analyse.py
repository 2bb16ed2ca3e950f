"""The statistics: results over seeds with their intervals, and every comparison tested."""

from pathlib import Path
from typing import Any

from budama.analysis.csv_tables import SHARED, comparisons_table, results_table
from budama.analysis.families import families_of
from budama.analysis.predictions import results_with_predictions
from budama.analysis.published import Published
from budama.system.files.atomic import write_csv
from budama.system.files.csv_file import read_csv


def analyse(
    *,
    models: list[dict[str, Any]],
    recipes: dict[str, dict[str, Any]],
    batches: int,
    summary: Path,
    published: Path | None,
    results: Path,
    comparisons: Path,
) -> None:
    """Write ``results`` and ``comparisons`` of the scenario whose ``summary.csv`` is ``summary``.

    ``models`` give the folder of each, in which its predictions are looked for, beside its own
    columns. ``published`` is a table of figures published elsewhere; which of them belong to the
    scenario depends on the ``recipes`` (by their names, with their ``epochs``) and on ``batches``,
    how many its calibration has. Raises ``BudamaError`` if predictions are not of the same images.
    """
    table = read_csv(summary)
    found = results_with_predictions(table, models)
    shared = {name: table[name].iloc[0] for name in SHARED if name in table}
    names = {name: str(shared[name]) for name in ("scenario", "model", "dataset")}
    known = Published(published, names, recipes, batches)
    write_csv(results, results_table(found, shared))
    scenario = {"scenario": names["scenario"]}
    write_csv(comparisons, comparisons_table(families_of(found, known), scenario))
