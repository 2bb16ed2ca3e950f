"""Every kind of block, as Markdown and as HTML."""

import re
from pathlib import Path

import pytest
from markupsafe import Markup

from budama.report.document import (
    Block,
    Commands,
    Definitions,
    Drawing,
    Folded,
    Gallery,
    Heading,
    Item,
    Items,
    Page,
    Paragraph,
    Part,
    Row,
    Section,
    SideBySide,
    Table,
    TableCell,
)
from budama.report.languages import LANGUAGES
from budama.report.page import write_page
from tests.unit.report.html import written

TABLE = Table(
    ["Name", "Share"],
    [
        Row([TableCell("a", code=True), TableCell("1", best=True)], "control"),
        Row([TableCell("b_c"), TableCell(links=[("one", "x/"), ("two", "y/")])], "published"),
    ],
    [False, True],
)
FIGURE = Drawing(
    "curves-en", "Curves", "Up & up", "pictures/c.svg", [{"mark": "<"}], Markup("<svg/>")
)
ROWS = '<thead><tr><th scope="col">Name</th><th scope="col">Share</th></tr></thead><tbody>'

# Blocks, and what they are as Markdown and HTML
BLOCKS: dict[str, tuple[Block, str, str]] = {
    "heading": (Heading("A*"), "### A\\*", "<h3>A*</h3>"),
    "heading inside a part": (Heading("A", level=4), "#### A", "<h4>A</h4>"),
    "paragraph": (Paragraph("a < b"), "a &lt; b", "<p>a &lt; b</p>"),
    "warning": (Paragraph("a", warning=True), "**a**", '<p class="missing">a</p>'),
    "items": (
        Items([Item("a"), Item("b", lead="c")]),
        "- a\n- **c:** b",
        "<ul><li>a</li><li><strong>c:</strong> b</li></ul>",
    ),
    "numbered items": (
        Items([Item("a", lead="x.y", code=True), Item("b", lead="l", address="../l")], True),
        "1. `x.y`: a\n2. [l](../l): b",
        '<ol><li><code>x.y</code>: a</li><li><a href="../l">l</a>: b</li></ol>',
    ),
    "definitions": (
        Definitions([("a", "1|2")]),
        "- **a:** 1\\|2",
        "<dl><dt>a</dt><dd>1|2</dd></dl>",
    ),
    "table": (
        TABLE,
        "| Name | Share |\n| --- | ---: |\n| a | **1** |\n| *b\\_c* | [one](x/), [two](y/) |",
        f'<div class="table"><table>{ROWS}<tr class="control"><td><code>a</code></td><td>1</td>'
        '</tr><tr class="published"><td>b_c</td><td><a href="x/">one</a>, <a href="y/">two</a>'
        "</td></tr></tbody></table></div>",
    ),
    "table in parts": (
        Table(["A", "B"], [Row([TableCell("x|<y>")], "part"), Row([TableCell("a"), TableCell()])]),
        "| A | B |\n| --- | --- |\n| **x\\|&lt;y&gt;** | |\n| a |  |",
        '<div class="table"><table><thead><tr><th scope="col">A</th><th scope="col">B</th></tr>'
        '</thead><tbody><tr class="part"><th scope="rowgroup" colspan="2"><span>x|&lt;y&gt;</span>'
        "</th></tr><tr><td>a</td><td></td></tr></tbody></table></div>",
    ),
    "results": (
        Table(
            ["A", "B"], [Row([TableCell("a"), TableCell("1", best=True)])], [False, True], "results"
        ),
        "| A | B |\n| --- | ---: |\n| a | **1** |",
        '<div class="table"><table class="results"><thead><tr><th scope="col">A</th>'
        '<th scope="col" class="number">B</th></tr></thead><tbody><tr><td class="">a</td>'
        '<td class="number best">1</td></tr></tbody></table></div>',
    ),
    "gallery": (
        Gallery([FIGURE], "Not b."),
        "### Curves\n\n![Curves](pictures/c.svg)\n\nUp &amp; up\n\nNot b.",
        '<figure id="curves-en"><h3>Curves</h3><div class="drawn"><svg/></div>'
        '<div class="charts"></div><script type="application/json">[{"mark": "\\u003c"}]</script>'
        "<figcaption>Up &amp; up</figcaption></figure><p>Not b.</p>",
    ),
    "commands": (Commands(["a", "b"]), "```bash\na\nb\n```", "<pre><code>a\nb</code></pre>"),
    "folded": (
        Folded("A", [Paragraph("b"), Paragraph("c")]),
        "### A\n\nb\n\nc",
        "<details><summary>A</summary><p>b</p><p>c</p></details>",
    ),
    "parts": (
        SideBySide(
            [Part("A", [Definitions([("a", "1")])]), Part("B", [Items([Item("b")])], "findings")]
        ),
        "### A\n\n- **a:** 1\n\n### B\n\n- b",
        '<div class="groups"><section><h3>A</h3><dl><dt>a</dt><dd>1</dd></dl></section>'
        '<section class="findings"><h3>B</h3><ul><li>b</li></ul></section></div>',
    ),
}


def files(folder: Path, blocks: list[Block]) -> dict[str, str]:
    """Return the files of a page with ``blocks`` and a last section, as ``written`` does."""
    sections = [Section("First", blocks), Section("Last", [Paragraph("end")])]
    pages = [Page(each, "The page", sections) for each in LANGUAGES.values()]
    write_page("T", pages, folder / "report.html")
    return written(folder)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_is_written_as_markdown_and_as_html(name: str, tmp_path: Path) -> None:
    block, markdown, html = BLOCKS[name]
    found = files(tmp_path, [block, Paragraph("next")])
    assert found["en"] == f"# The page\n\n## First\n\n{markdown}\n\nnext\n\n## Last\n\nend\n"
    main = found["html"].split('<main class="en" lang="en">')[1].split("</main>")[0]
    # line ends between tags mean nothing
    assert re.sub(r">\n+", ">", main).strip() == (
        f"<h1>The page</h1><h2>First</h2>{html}<p>next</p><h2>Last</h2><p>end</p>"
    )


def test_every_kind_of_block_is_tried() -> None:
    assert {type(block) for block, _, _ in BLOCKS.values()} | {Part} == set(Block.__subclasses__())


def test_only_a_page_with_pictures_gets_the_library(tmp_path: Path) -> None:
    assert "vegaEmbed" not in files(tmp_path, [Paragraph("a")])["html"]
    assert "window.vegaEmbed" in files(tmp_path, [Gallery([FIGURE])])["html"]


def test_the_page_opens_in_the_first_language(tmp_path: Path) -> None:
    first, *others = LANGUAGES
    html = files(tmp_path, [])["html"]
    assert f'<html lang="{first}">' in html
    assert f'name="language" id="{first}" checked>' in html
    assert all(f'name="language" id="{code}">' in html for code in others)
