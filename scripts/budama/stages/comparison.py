"""The page that compares every scenario that has results."""

from pathlib import Path
from typing import Any

from budama.report.across.page import write_comparison


def comparison(
    *,
    scenarios: dict[str, dict[str, Any]],
    without: list[str],
    recipes: dict[str, dict[str, Any]],
    batches: dict[str, int],
    published: Path,
    pictures: Path,
    tr: Path,
    en: Path,
    html: Path,
    table: Path,
) -> None:
    """Write the page in each language, its table as CSV and its pictures.

    ``scenarios`` have the title and the summary's path of each that has results, ``without`` names
    the others; ``recipes`` have the epochs of each recipe, ``batches`` those of each task's
    calibration. Raises ``BudamaError`` if no scenario has results, or if a summary cannot be used.
    """
    settings = {
        "scenarios": scenarios,
        "without": without,
        "recipes": recipes,
        "batches": batches,
    }
    outputs = {"tr": tr, "en": en, "html": html, "table": table}
    write_comparison(settings, outputs, published, pictures)
