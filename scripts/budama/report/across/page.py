"""From the summaries of scenarios to one page that compares them."""

from pathlib import Path
from typing import Any

from budama.analysis.results import with_intervals
from budama.report.across.context import Context
from budama.report.across.order import SECTIONS
from budama.report.across.table import as_csv
from budama.report.across.tasks import Task, read_tasks
from budama.report.document import Page
from budama.report.languages import LANGUAGES
from budama.report.page import write_page
from budama.report.pictures.charts import Pen
from budama.report.pictures.files import write_pictures
from budama.report.pictures.kept import kept
from budama.system.files.atomic import write_csv


def write_comparison(
    settings: dict[str, Any], outputs: dict[str, Path], published: Path | None, pictures: Path
) -> None:
    """Write the page that compares every scenario that has results.

    ``settings`` are what ``rules/comparison.smk`` gives: the ``scenarios`` with title and path of
    their ``summary``, the names of those ``without`` one, the ``recipes``, and the ``batches`` of
    each task's calibration. ``outputs`` maps the languages' codes and ``html`` to the files of the
    page, and ``table`` to the CSV; ``pictures`` is the folder, beside the page, that its pictures
    are drawn into.
    Raises ``BudamaError`` if no scenario has results, or if a summary cannot be used.
    """
    summaries = {name: Path(each["summary"]) for name, each in settings["scenarios"].items()}
    tasks = read_tasks(summaries, settings["recipes"], settings["batches"], published)
    write_csv(outputs["table"], as_csv(tasks))
    _draw(tasks, pictures)
    context = Context(tasks, [task.facts for task in tasks], settings, pictures)
    pages = [
        Page(
            language,
            language.across["comparison_title"],
            [found for section in SECTIONS if (found := section(context, language))],
        )
        for language in LANGUAGES.values()
    ]
    write_page(" – ".join(page.title for page in pages), pages, outputs)


def _draw(tasks: list[Task], folder: Path) -> None:
    methods = [method for task in tasks for method in task.table["method"]]
    tables = {task.name: with_intervals(task.table, task.facts.results) for task in tasks}
    write_pictures(lambda language: [kept(tables, Pen(language, methods))], folder)
