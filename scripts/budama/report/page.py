"""From a page's sections to its files: Markdown in each language, and all of them as HTML."""

from pathlib import Path

from budama.report.document import Gallery, Page
from budama.report.jinja import templates
from budama.report.vega import library
from budama.system.files.atomic import write_text


def write_page(title: str, pages: list[Page], outputs: dict[str, Path]) -> None:
    """Write ``pages``, one for each language, as Markdown files and together as HTML.

    ``outputs`` maps the languages' codes to the Markdown files and ``html`` to the page called
    ``title``, which needs no other file: it gets the library of charts if it has a gallery.
    """
    environment = templates("budama.report")
    for page in pages:
        text = environment.get_template("page.md.j2").render(page=page)
        write_text(outputs[page.language.code], f"{text.rstrip()}\n")
    alive = any(isinstance(block, Gallery) for page in pages for block in page.blocks)
    html = environment.get_template("page.html.j2").render(
        pages=pages, title=title, library=library if alive else None
    )
    write_text(outputs["html"], html)
