"""From the summaries of scenarios to one page that compares them."""

from pathlib import Path
from typing import Any

from budama.analysis.comparisons import AXES
from budama.analysis.results import with_intervals
from budama.report.across.tables import as_csv, dense_table, kept_table
from budama.report.across.tasks import Task, read_tasks
from budama.report.gallery import gallery
from budama.report.languages import LANGUAGES, Language
from budama.report.languages.across import WORDS
from budama.report.observations.sections import findings, written
from budama.report.page import notes_of, write_page
from budama.report.pictures.charts import Pen
from budama.report.pictures.files import write_pictures
from budama.report.pictures.kept import kept
from budama.report.statistics import statistics
from budama.report.table import comparison_table
from budama.system.files.atomic import write_csv


def write_comparison(
    settings: dict[str, Any], outputs: dict[str, Path], published: Path | None, pictures: Path
) -> None:
    """Write the page that compares every scenario that has results.

    ``settings`` are what ``rules/comparison.smk`` gives: the ``scenarios`` with title and path of
    their ``summary``, the names of those ``without`` one, the ``recipes``, and the ``batches`` of
    each task's calibration. ``outputs`` maps
    ``tr``, ``en`` and ``html`` to the files of the page, and ``table`` to the CSV; ``pictures`` is
    the folder, beside the page, that its pictures are drawn into.
    Raises ``BudamaError`` if no scenario has results, or if a summary cannot be used.
    """
    summaries = {name: Path(each["summary"]) for name, each in settings["scenarios"].items()}
    tasks = read_tasks(summaries, settings["recipes"], settings["batches"], published)
    write_csv(outputs["table"], as_csv(tasks))
    methods = [method for task in tasks for method in task.table["method"]]
    tables = {task.name: with_intervals(task.table, task.facts.results) for task in tasks}
    write_pictures(lambda language: [kept(tables, Pen(language, methods))], pictures)
    pages = [
        _page(tasks, settings, language) | {"gallery": gallery(pictures, language.code)}
        for language in LANGUAGES.values()
    ]
    title = " – ".join(WORDS[language]["comparison_title"] for language in LANGUAGES)
    write_page("comparison", title, pages, outputs)


def _page(tasks: list[Task], settings: dict[str, Any], language: Language) -> dict[str, Any]:
    words = language.words | WORDS[language.code]
    facts = [task.facts for task in tasks]
    return {
        "code": language.code,
        "language": language.name,
        "words": words,
        "scenarios": _scenarios(tasks, settings, words),
        "without": (
            words["without"].format(", ".join(settings["without"])) if settings["without"] else ""
        ),
        "warnings": _warnings(tasks, words),
        "dense": dense_table(tasks, language),
        "kept": kept_table(tasks, language),
        "tasks": [
            {"title": _title(task), "table": comparison_table(task.facts, language)}
            for task in tasks
        ],
        "observations": _observations(tasks, language),
        "statistics": _statistics(tasks, language),
        "notes": [language.words[key] for key in notes_of(facts)],
    }


def _title(task: Task) -> str:
    return f"{task.name} ({', '.join(task.scenarios)})"


def _warnings(tasks: list[Task], words: dict[str, str]) -> list[str]:
    """Return what keeps the scenarios of a task from being compared as they are."""
    differing = [
        words["differing"].format(*pair, task.name) for task in tasks for pair in task.differing
    ]
    providers = [
        words["providers_differ"].format(
            task.name,
            "; ".join(f"{name}: {', '.join(whose)}" for name, whose in task.timed_on.items()),
        )
        for task in tasks
        if len(task.timed_on) > 1
    ]
    return differing + providers


def _scenarios(
    tasks: list[Task], settings: dict[str, Any], words: dict[str, str]
) -> list[dict[str, str]]:
    """Return name, link and description of each scenario, those of one task together."""
    return [
        {
            "name": name,
            "link": f"../{name}/report.html",
            "text": words["scenario_of"].format(
                settings["scenarios"][name]["title"], task.name, task.model, task.dataset
            ),
        }
        for task in tasks
        for name in task.scenarios
    ]


def _observations(tasks: list[Task], language: Language) -> list[dict[str, Any]]:
    """Return for each task what its scopes, budgets and recipes and the published figures say."""
    said = {_title(task): findings(task.facts).get("elsewhere", []) for task in tasks}
    return [
        {"title": title, "blocks": written(blocks, language)}
        for title, blocks in said.items()
        if blocks
    ]


def _statistics(tasks: list[Task], language: Language) -> dict[str, Any] | None:
    """Return the tests between scopes, budgets and recipes; those of methods are each report's."""
    facts = {task.name: task.facts for task in tasks}
    along = [(name, f) for name, each in facts.items() for f in each.families if f.kind in AXES]
    further = [(name, f) for name, each in facts.items() for f in each.further_tested]
    found = statistics([f for _, f in along], [f for _, f in further], language)
    names = [name for name, _ in [*along, *further]]
    for name, family in zip(names, found["families"], strict=True):
        family["title"] = f"{name} – {family['title']}"
    return found if names else None
