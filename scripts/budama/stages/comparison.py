"""The page that compares every scenario that has results, and its tables."""

from pathlib import Path
from typing import Any

from budama.analysis.across import read_tasks
from budama.analysis.tasks import comparisons_across, results_across
from budama.report.across.page import write_comparison
from budama.system.files.atomic import write_csv


def comparison(
    *,
    scenarios: dict[str, dict[str, Any]],
    without: list[str],
    recipes: dict[str, dict[str, Any]],
    batches: dict[str, int],
    published: Path | None,
    pictures: Path,
    html: Path,
    table: Path,
    comparisons: Path,
) -> None:
    """Test what the scenarios found by task, and write the page of all languages to ``html``.

    One in Markdown for each language is written beside it.

    ``scenarios`` have the title and the summary's path of each that has results, ``without`` names
    the others; ``recipes`` have the epochs of each recipe, ``batches`` those of each task's
    calibration. ``table`` receives the results by task, ``comparisons`` their tests; ``pictures``
    is the folder, beside the page, that its pictures are drawn into.
    Raises ``BudamaError`` if no scenario has results, or if a summary cannot be used.
    """
    summaries = {name: Path(each["summary"]) for name, each in scenarios.items()}
    tasks = read_tasks(summaries, recipes, batches, published)
    write_csv(table, results_across(tasks))
    write_csv(comparisons, comparisons_across(tasks))
    settings = {"scenarios": scenarios, "without": without}
    write_comparison(tasks, settings=settings, html=html, pictures=pictures)
