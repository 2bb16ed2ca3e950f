"""The pictures of one scenario's report."""

from pathlib import Path
from typing import Any

from budama.report.pictures.drawing import draw


def pictures(*, summary: Path, results: Path, models: list[dict[str, Any]], output: Path) -> None:
    """Draw the pictures of one scenario into the folder ``output``, in each language.

    ``models`` are the dense model and the cells: folders and their own columns in ``summary``.
    ``results`` has the intervals over seeds.
    """
    draw(summary, results, models, output)
