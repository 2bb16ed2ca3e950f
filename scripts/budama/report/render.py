"""From the tables of the summary and the analysis to the report in Markdown and HTML."""

from pathlib import Path
from typing import Any

from budama.report.configuration import configuration
from budama.report.facts import Facts, gather
from budama.report.gallery import gallery
from budama.report.languages import LANGUAGES, Language
from budama.report.measured import measured, read_origin
from budama.report.missing import missing
from budama.report.observations.sections import observations
from budama.report.page import notes_of, write_page
from budama.report.statistics import statistics
from budama.report.table import comparison_table, seeds_table
from budama.report.timings import timings_table
from budama.system.files.json_file import read_json


def render(
    summary: Path,
    results: Path,
    comparisons: Path,
    manifest: Path,
    settings: dict[str, Any],
    outputs: dict[str, Path],
    published: Path | None = None,
    pictures: Path | None = None,
    latency: Path | None = None,
) -> None:
    """Write the report of one scenario.

    ``results`` and ``comparisons`` are what the stage ``analyse`` left. ``manifest`` is that of the
    task's prepared data, ``settings`` what ``rules/report.smk`` gives; its ``models`` name the
    folders in which provenance and the dense model's latency are looked for. ``published`` is a
    table of figures published elsewhere, ``pictures`` the folder beside the report in which its
    pictures were drawn, ``latency`` the table of every measurement. ``outputs`` maps ``tr`` and
    ``en`` to the Markdown files and ``html`` to the page, which holds both languages and needs no
    other file.
    Raises ``BudamaError`` if a file cannot be used.
    """
    facts = gather(summary, results, comparisons, settings, published)
    origin = read_origin(facts)
    images = read_json(manifest)
    pages = [
        _page(facts, images, settings, language)
        | {
            "gallery": gallery(pictures, language.code) if pictures else None,
            "measured": measured(facts, origin, outputs["html"].parent, language),
            "timings": timings_table(latency, language) if latency else None,
        }
        for language in LANGUAGES.values()
    ]
    write_page("report", settings["title"], pages, outputs)


def _page(
    facts: Facts, manifest: dict[str, Any], settings: dict[str, Any], language: Language
) -> dict[str, Any]:
    images = facts.results[0].images
    return {
        "code": language.code,
        "language": language.name,
        "words": language.words,
        "title": settings["title"],
        "configuration": configuration(settings, manifest, images, language),
        "provider": facts.provider,
        "table": comparison_table(facts, language),
        "seeds": seeds_table(facts.seeds, language) if facts.several_seeds else None,
        "missing": missing(facts, language),
        "observations": observations(facts, language),
        "statistics": statistics(facts.families, facts.further, language),
        "notes": [language.words[key] for key in notes_of([facts])],
    }
