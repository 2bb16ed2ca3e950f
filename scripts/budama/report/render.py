"""From the tables of the summary and the analysis to the report in Markdown and HTML."""

from pathlib import Path
from typing import Any

from budama.report.document import Page
from budama.report.facts import gather
from budama.report.languages import LANGUAGES
from budama.report.origin import read_origin
from budama.report.page import write_page
from budama.report.sections.context import Context
from budama.report.sections.order import SECTIONS
from budama.system.files.json_file import read_json


def render(
    summary: Path,
    results: Path,
    comparisons: Path,
    manifest: Path,
    settings: dict[str, Any],
    html: Path,
    published: Path | None = None,
    pictures: Path | None = None,
    latency: Path | None = None,
) -> None:
    """Write the report of one scenario.

    ``results`` and ``comparisons`` are what the stage ``analyse`` left. ``manifest`` is that of the
    task's prepared data, ``settings`` what ``rules/report.smk`` gives; its ``models`` name the
    folders in which provenance and the dense model's latency are looked for. ``published`` is a
    table of figures published elsewhere, ``pictures`` the folder beside the report in which its
    pictures were drawn, ``latency`` the table of every measurement. ``html`` becomes the page
    that holds all languages and needs no other file; beside it stands one in Markdown for each.
    Raises ``BudamaError`` if a file cannot be used.
    """
    facts = gather(summary, results, comparisons, settings, published)
    context = Context(
        facts=facts,
        settings=settings,
        manifest=read_json(manifest),
        origin=read_origin(facts),
        folder=html.parent,
        pictures=pictures,
        latency=latency,
    )
    title = settings["title"]
    pages = [
        Page(
            language,
            f"{title} – {language.words['title']}",
            [found for section in SECTIONS if (found := section(context, language))],
        )
        for language in LANGUAGES.values()
    ]
    write_page(title, pages, html)
