"""From templates to the files of one page: Markdown in each language, and both as HTML."""

from math import isnan
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from budama.report.facts import Facts
from budama.report.gallery import library
from budama.report.markdown import plain
from budama.system.files.atomic import write_text


def write_page(
    template: str, title: str, pages: list[dict[str, Any]], outputs: dict[str, Path]
) -> None:
    """Write ``TEMPLATE.md.j2`` for each of ``pages``, and ``TEMPLATE.html.j2`` for all of them.

    A page has what its template needs, and its language's ``code``. ``outputs`` maps each code to a
    Markdown file and ``html`` to the page, which gets the library of charts if it has a gallery.
    """
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
        text = environment.get_template(f"{template}.md.j2").render(page)
        write_text(outputs[page["code"]], text)
    drawn = any(page["gallery"] for page in pages)
    html = environment.get_template(f"{template}.html.j2").render(
        pages=pages, title=title, library=library if drawn else None
    )
    write_text(outputs["html"], html)


def notes_of(facts: list[Facts]) -> list[str]:
    """Return the keys of the notes on how to read the tables of ``facts``."""
    results = [result for each in facts for result in each.results]
    timed = [result for result in results if result.timed]
    kinds = {
        "note_marks": True,
        "note_accuracy": True,
        "note_control": True,
        "note_after_cut": True,
        "note_latency": bool(timed),
        # too few processes for an interval are too few to find two copies unequal
        "note_selftest": bool(timed) and not any(isnan(r.ratio_low) for r in timed),
        "note_macs": True,
        "note_seeds": any(each.several_seeds for each in facts),
        "note_noisy": any(result.noisy for result in results),
        "note_published": any(
            each.published.row(result) is not None for each in facts for result in each.results
        ),
    }
    return [note for note, wanted in kinds.items() if wanted]
