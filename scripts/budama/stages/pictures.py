"""The pictures of one scenario's report."""

from pathlib import Path
from typing import Any

from budama.report.pictures.drawing import draw


def pictures(*, summary: Path, models: list[dict[str, Any]], output: Path) -> None:
    """Draw the pictures of one scenario into the folder ``output``, in each language.

    ``models`` are the dense model and the cells: folders and their own columns in ``summary``.
    """
    draw(summary, models, output)
