"""From what scenarios found of their tasks to one page that compares them."""

from pathlib import Path
from typing import Any

from budama.analysis.results import seeds_of, with_intervals
from budama.analysis.tasks import TaskResults
from budama.report.across.context import AcrossContext
from budama.report.across.order import SECTIONS
from budama.report.document import Page
from budama.report.facts import Facts
from budama.report.languages import LANGUAGES
from budama.report.page import write_page
from budama.report.pictures.charts import Pen
from budama.report.pictures.files import write_pictures
from budama.report.pictures.kept import kept
from budama.report.table import DASH


def write_comparison(
    tasks: list[TaskResults], settings: dict[str, Any], html: Path, pictures: Path
) -> None:
    """Write the page that compares every scenario that has results, by ``tasks``.

    ``settings`` are the ``scenarios`` with their titles, and the names of those ``without``
    results. ``html`` becomes the page that holds all languages; beside it stands one in Markdown
    for each. ``pictures`` is the folder, beside the page, that its pictures are drawn into.
    """
    _draw(tasks, pictures)
    context = AcrossContext(tasks, [_facts(task) for task in tasks], settings, pictures)
    pages = [
        Page(
            language,
            language.across["comparison_title"],
            [found for section in SECTIONS if (found := section(context, language))],
        )
        for language in LANGUAGES.values()
    ]
    write_page(" – ".join(page.title for page in pages), pages, html)


def _draw(tasks: list[TaskResults], folder: Path) -> None:
    methods = [method for task in tasks for method in task.table["method"]]
    tables = {task.name: with_intervals(task.table, task.results) for task in tasks}
    write_pictures(lambda language: [kept(tables, Pen(language, methods))], folder)


def _facts(task: TaskResults) -> Facts:
    """Return what the parts of a scenario's report are written from, for a task."""
    return Facts(
        scenario=task.scenarios[0],
        results=task.results,
        seeds=seeds_of(task.table),
        models=[],
        failed=[],
        compared=task.families,
        published=task.published,
        provider=task.provider or DASH,
    )
