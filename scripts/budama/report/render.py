"""From ``summary.csv`` and the predictions to the report in Markdown and HTML."""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from budama.atomic import write_text
from budama.markdown import plain
from budama.report.configuration import configuration
from budama.report.facts import Facts, gather
from budama.report.gallery import gallery, library
from budama.report.languages import LANGUAGES, NOTES, Language
from budama.report.measured import measured, read_origin
from budama.report.missing import missing
from budama.report.observations.sections import observations
from budama.report.table import comparison_table, seeds_table
from budama.report.testing import statistics
from budama.report.timings import timings_table


def render(
    summary: Path,
    manifest: Path,
    settings: dict[str, Any],
    outputs: dict[str, Path],
    published: Path | None = None,
    pictures: Path | None = None,
    latency: Path | None = None,
) -> None:
    """Write the report of one scenario.

    ``manifest`` is that of the task's prepared data, ``settings`` what ``rules/report.smk`` gives;
    its ``models`` name the folders in which predictions, provenance and the dense model's latency
    are looked for. ``published`` is a table of figures published elsewhere, ``pictures`` the folder
    beside the report in which its pictures were drawn, ``latency`` the table of every measurement.
    ``outputs`` maps ``tr`` and ``en`` to the Markdown files and ``html`` to the page, which holds
    both languages and needs no other file.
    Raises ``BudamaError`` if the models' predictions are not of the same images.
    """
    facts = gather(summary, settings, published)
    origin = read_origin(facts)
    images = json.loads(manifest.read_text(encoding="utf-8"))
    pages = [
        _page(facts, images, settings, language)
        | {
            "gallery": gallery(pictures, language.code) if pictures else None,
            "measured": measured(facts, origin, outputs["html"].parent, language),
            "timings": timings_table(latency, language) if latency else None,
        }
        for language in LANGUAGES.values()
    ]
    environment = Environment(
        loader=PackageLoader("budama.report"),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = plain
    for page in pages:
        text = environment.get_template("report.md.j2").render(page)
        write_text(outputs[page["code"]], text)
    html = environment.get_template("report.html.j2").render(
        pages=pages, title=settings["title"], library=library if pictures else None
    )
    write_text(outputs["html"], html)


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
        "statistics": statistics(facts.families, language),
        "notes": [language.words[key] for key in _notes(facts)],
    }


def _notes(facts: Facts) -> list[str]:
    kinds = {
        "note_seeds": facts.several_seeds,
        "note_noisy": any(result.noisy for result in facts.results),
        "note_published": bool(facts.published.own),
    }
    return ["note_marks", *NOTES, *(note for note, wanted in kinds.items() if wanted)]
