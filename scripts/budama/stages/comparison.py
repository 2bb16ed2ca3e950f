"""The page that compares every scenario that has results, and its tables."""

from pathlib import Path
from typing import Any

from budama.analysis.across import read_tasks
from budama.analysis.tasks import comparisons_across, results_across
from budama.report.across.page import write_comparison
from budama.system.files.atomic import write_csv


def comparison(
    *,
    published: Path | None,
    pictures: Path,
    html: Path,
    table: Path,
    comparisons: Path,
    settings: dict[str, Any],
) -> None:
    """Write the page of all languages to ``html``, and beside it one in Markdown for each.

    ``settings`` are what ``rules/comparison.smk`` gives: the ``scenarios`` with title and path of
    their ``summary``, the names of those ``without`` one, the ``recipes``, and the ``batches`` of
    each task's calibration. ``table`` receives the results by task, ``comparisons`` their tests;
    ``pictures`` is the folder, beside the page, that its pictures are drawn into.
    Raises ``BudamaError`` if no scenario has results, or if a summary cannot be used.
    """
    summaries = {name: Path(each["summary"]) for name, each in settings["scenarios"].items()}
    tasks = read_tasks(summaries, settings["recipes"], settings["batches"], published)
    write_csv(table, results_across(tasks))
    write_csv(comparisons, comparisons_across(tasks))
    write_comparison(tasks, settings, html, pictures)
