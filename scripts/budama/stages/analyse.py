"""The statistics: results over seeds with their intervals, and every comparison tested."""

from pathlib import Path
from typing import Any

from budama.analysis.families import families_of
from budama.analysis.files import SHARED, comparisons_table, results_table
from budama.analysis.predictions import results_with_predictions
from budama.analysis.published import Published
from budama.system.files.atomic import write_csv
from budama.system.files.csv_file import read_csv


def analyse(
    *,
    summary: Path,
    published: Path | None,
    results: Path,
    comparisons: Path,
    settings: dict[str, Any],
) -> None:
    """Write ``results`` and ``comparisons`` of the scenario whose ``summary.csv`` is ``summary``.

    ``published`` is a table of figures published elsewhere. ``settings`` are the ``models`` (the
    folder of each, in which its predictions are looked for, beside its own columns), the
    ``recipes`` by their names (their ``epochs``) and ``batches``, how many the calibration has.
    Raises ``BudamaError`` if the models' predictions are not of the same images.
    """
    table = read_csv(summary)
    found = results_with_predictions(table, settings["models"])
    shared = {name: table[name].iloc[0] for name in SHARED if name in table}
    names = {name: str(shared[name]) for name in ("scenario", "model", "dataset")}
    known = Published(published, names, settings["recipes"], settings["batches"])
    write_csv(results, results_table(found, shared))
    scenario = {"scenario": names["scenario"]}
    write_csv(comparisons, comparisons_table(families_of(found, known), scenario))
