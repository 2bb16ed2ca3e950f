"""From what scenarios found of their tasks to one page that compares them."""

from pathlib import Path
from typing import Any

from budama.analysis.comparisons import AXES
from budama.analysis.results import seeds_of, with_intervals
from budama.analysis.tasks import Task
from budama.report.across.tables import dense_table, kept_table
from budama.report.facts import Facts
from budama.report.gallery import gallery
from budama.report.languages import LANGUAGES, Language
from budama.report.languages.across import WORDS
from budama.report.observations.sections import findings, written
from budama.report.page import notes_of, write_page
from budama.report.pictures.charts import Pen
from budama.report.pictures.files import write_pictures
from budama.report.pictures.kept import kept
from budama.report.statistics import statistics
from budama.report.table import DASH, comparison_table


def write_comparison(
    tasks: list[Task], settings: dict[str, Any], outputs: dict[str, Path], pictures: Path
) -> None:
    """Write the page that compares every scenario that has results, by ``tasks``.

    ``settings`` are the ``scenarios`` with their titles, and the names of those ``without``
    results. ``outputs`` maps ``tr``, ``en`` and ``html`` to the files of the page; ``pictures`` is
    the folder, beside the page, that its pictures are drawn into.
    """
    methods = [method for task in tasks for method in task.table["method"]]
    tables = {task.name: with_intervals(task.table, task.results) for task in tasks}
    write_pictures(lambda language: [kept(tables, Pen(language, methods))], pictures)
    pages = [
        _page(tasks, settings, language) | {"gallery": gallery(pictures, language.code)}
        for language in LANGUAGES.values()
    ]
    title = " – ".join(WORDS[language]["comparison_title"] for language in LANGUAGES)
    write_page("comparison", title, pages, outputs)


def _page(tasks: list[Task], settings: dict[str, Any], language: Language) -> dict[str, Any]:
    words = language.words | WORDS[language.code]
    facts = {task.name: _facts(task) for task in tasks}
    titled = {_title(task): facts[task.name] for task in tasks}
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
            {"title": title, "table": comparison_table(each, language)}
            for title, each in titled.items()
        ],
        "observations": _observations(titled, language),
        "statistics": _statistics(facts, language),
        "notes": [language.words[key] for key in notes_of([*facts.values()])],
    }


def _facts(task: Task) -> Facts:
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


def _observations(facts: dict[str, Facts], language: Language) -> list[dict[str, Any]]:
    """Return for each task what its scopes, budgets and recipes and the published figures say."""
    said = {title: findings(each).get("elsewhere", []) for title, each in facts.items()}
    return [
        {"title": title, "blocks": written(blocks, language)}
        for title, blocks in said.items()
        if blocks
    ]


def _statistics(facts: dict[str, Facts], language: Language) -> dict[str, Any] | None:
    """Return the tests between scopes, budgets and recipes; those of methods are each report's."""
    along = [(name, f) for name, each in facts.items() for f in each.families if f.kind in AXES]
    further = [(name, f) for name, each in facts.items() for f in each.further]
    found = statistics([f for _, f in along], [f for _, f in further], language)
    names = [name for name, _ in [*along, *further]]
    for name, family in zip(names, found["families"], strict=True):
        family["title"] = f"{name} – {family['title']}"
    return found if names else None
