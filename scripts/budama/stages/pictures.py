"""The pictures of one scenario's report."""

from pathlib import Path
from typing import Any

from budama.report.pictures.drawing import pictures_of
from budama.report.pictures.files import write_pictures
from budama.report.pictures.material import read_material


def pictures(*, summary: Path, results: Path, models: list[dict[str, Any]], output: Path) -> None:
    """Draw the pictures of one scenario into the folder ``output``, in each language.

    ``models`` are the dense model and the cells: folders and their own columns in ``summary``.
    ``results`` is the table of the stage ``analyse``, which has the intervals over seeds.
    """
    material = read_material(summary, results, models)
    trained_by = models[0]["recipe"]
    write_pictures(lambda language: pictures_of(material, language.of_original(trained_by)), output)
