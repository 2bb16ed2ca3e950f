"""What stands on a page, before it is Markdown or HTML: sections of blocks.

Every kind of block has a macro of its name in ``templates/blocks.md.j2`` and ``blocks.html.j2``. A
section that is made of these blocks needs no template of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from markupsafe import Markup

from budama.report.languages import Language


class Block:
    """What a section is made of."""

    @property
    def kind(self) -> str:
        """The name of the macros that write it."""
        return type(self).__name__.lower()


@dataclass(frozen=True)
class Heading(Block):
    """A heading inside a section, of ``level`` 3 or 4."""

    text: str
    level: int = 3


@dataclass(frozen=True)
class Paragraph(Block):
    """A paragraph; a ``warning`` stands out, for example to say what is missing."""

    text: str
    warning: bool = False


class Item(NamedTuple):
    """One line of a list: ``lead``, a colon and ``text``, or ``text`` alone.

    The lead is a link if it has an ``address``, code if ``code``, else strong.
    """

    text: str
    lead: str = ""
    address: str = ""
    code: bool = False


@dataclass(frozen=True)
class Items(Block):
    """A list with bullets or numbers."""

    items: Sequence[Item]
    numbered: bool = False


@dataclass(frozen=True)
class Definitions(Block):
    """Names and their values."""

    pairs: Sequence[tuple[str, str]]


class TableCell(NamedTuple):
    """What stands in one cell of a table: ``text``, or ``links`` of name and address.

    ``best`` says that it is the best of its column; ``code`` sets it as code, in HTML.
    """

    text: str = ""
    best: bool = False
    code: bool = False
    links: Sequence[tuple[str, str]] = ()


class Row(NamedTuple):
    """One row of a table; ``kind`` says how it looks.

    Results are ``dense``, ``control``, ``method`` or ``published``, tests are ``real`` or ``tie``.
    A ``part`` has one cell: the heading of the rows below it.
    """

    cells: Sequence[TableCell]
    kind: str = ""


@dataclass(frozen=True)
class Table(Block):
    """A table; ``numeric`` says of each column whether it holds numbers, none if it is empty.

    ``style`` is its class in HTML: ``results`` aligns the numbers there, too.
    """

    heads: Sequence[str]
    rows: Sequence[Row]
    numeric: Sequence[bool] = ()
    style: str = ""


class Drawing(NamedTuple):
    """A picture in one language.

    ``name`` is unique on a page of all languages; ``file`` is relative to the page, ``charts`` are
    Vega-Lite, ``svg`` is the drawing to be put into a page as it is.
    """

    name: str
    title: str
    caption: str
    file: str
    charts: list[dict[str, Any]]
    svg: Markup


@dataclass(frozen=True)
class Gallery(Block):
    """Pictures, and a sentence on those that could not be drawn, or nothing."""

    figures: Sequence[Drawing]
    left_out: str = ""


@dataclass(frozen=True)
class Commands(Block):
    """Lines for a shell."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Folded(Block):
    """Blocks that HTML shows once their title is clicked."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Part(Block):
    """Blocks under a heading of their own; ``style`` is their class in HTML."""

    title: str
    blocks: Sequence[Block]
    style: str = ""


@dataclass(frozen=True)
class SideBySide(Block):
    """Parts that HTML puts side by side where there is room."""

    parts: Sequence[Part]


@dataclass(frozen=True)
class Section:
    """A part of a page with a heading."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Page:
    """A page in one language."""

    language: Language
    title: str
    sections: Sequence[Section]

    @property
    def blocks(self) -> Iterator[Block]:
        """The blocks of all sections."""
        return (block for section in self.sections for block in section.blocks)
