"""The report of one scenario."""

from pathlib import Path
from typing import Any

from budama.analysis.explained import read_explained
from budama.data.layout import MOST_BYTES
from budama.report.answer import read_answer
from budama.report.facts import gather
from budama.report.languages import LANGUAGES
from budama.report.origin import read_origin
from budama.report.page import pages_of, write_page
from budama.report.sections.context import Context
from budama.report.sections.order import SECTIONS
from budama.system.files.json_file import read_json


def report(
    *,
    scenario: dict[str, Any],
    summary: Path,
    results: Path,
    comparisons: Path,
    manifest: Path,
    audit: Path,
    answer: Path | None,
    timings: Path | None,
    published: Path | None,
    pictures: Path | None,
    html: Path,
) -> None:
    """Write the report of one scenario: Markdown in each language, and one page with all of them.

    ``scenario`` are its settings, as ``rules/report.smk`` gives them; its ``models`` name the
    folders in which provenance, what repairs found, and the dense model's latency are looked for.
    ``summary`` and ``timings``, the table of every measurement of latency, are what the stage
    ``summarise`` left, ``results`` and ``comparisons`` what ``analyse`` did, ``answer`` the
    ``answer.json`` of the stage of that name; ``manifest`` is that of the task's prepared data,
    ``audit`` what the audit of its dataset found. ``published`` is a table of figures published
    elsewhere, ``pictures`` the folder beside the report in which its pictures were drawn. Without
    an answer, timings, published figures or pictures the report has none. ``html`` becomes the page
    that holds all languages and needs no other file; the Markdown is written beside it. Raises
    ``BudamaError`` if a file cannot be used.
    """
    facts = gather(
        summary=summary,
        results=results,
        comparisons=comparisons,
        settings=scenario,
        published=published,
    )
    context = Context(
        facts=facts,
        settings=scenario,
        manifest=read_json(manifest),
        audit=read_json(audit, MOST_BYTES),
        answer=read_answer(answer) if answer else None,
        origin=read_origin(facts),
        explained=read_explained(facts.models),
        folder=html.parent,
        pictures=pictures,
        timings=timings,
    )
    title = scenario["title"]
    pages = pages_of(
        SECTIONS,
        context,
        lambda language: f"{title} – {language.words['title']}",
        [language.of_original(scenario["original"]) for language in LANGUAGES.values()],
    )
    write_page(title, pages, html)
