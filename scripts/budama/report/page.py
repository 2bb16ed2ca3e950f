"""From a page's sections to its files: Markdown in each language, and all of them as HTML."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from budama.config import places
from budama.report.document import Gallery, Page, Section
from budama.report.jinja import templates
from budama.report.languages import LANGUAGES, Language
from budama.report.vega import library
from budama.system.files.atomic import write_text

Context = TypeVar("Context")


def pages_of(
    sections: Iterable[Callable[[Context, Language], Section | None]],
    context: Context,
    title: Callable[[Language], str],
    languages: Iterable[Language] = tuple(LANGUAGES.values()),
) -> list[Page]:
    """Return a page for each language: its ``title`` there, and what ``sections`` return.

    Each of ``sections`` writes from ``context``; one that returns ``None`` is left out.
    """
    return [
        Page(
            language,
            title(language),
            [found for section in sections if (found := section(context, language))],
        )
        for language in languages
    ]


def write_page(title: str, pages: list[Page], html: Path) -> None:
    """Write ``pages``, one for each language, together as ``html`` and beside it as Markdown.

    The HTML is called ``title`` and needs no other file: it gets the library of charts if it has a
    gallery. The Markdown files are called as ``places.markdown_page`` says.
    """
    environment = templates("budama.report")
    for page in pages:
        text = environment.get_template("page.md.j2").render(page=page)
        write_text(html.with_name(places.markdown_page(page.language.code)), f"{text.rstrip()}\n")
    alive = any(isinstance(block, Gallery) for page in pages for block in page.blocks)
    text = environment.get_template("page.html.j2").render(
        pages=pages, title=title, library=library if alive else None
    )
    write_text(html, text)
