"""Reads a page's files, and its HTML as a browser would."""

from html.parser import HTMLParser
from pathlib import Path


def written(folder: Path) -> dict[str, str]:
    """Return the page in ``folder``: as ``html``, and in Markdown by the languages' codes."""
    markdown = {path.suffixes[0][1:]: path for path in folder.glob("report.*.md")}
    pages = markdown | {"html": folder / "report.html"}
    return {name: path.read_text() for name, path in pages.items()}


class Page(HTMLParser):
    """What a page holds: its tags in order, its ids, its scripts and all its text.

    A page may load nothing.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.scripts: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            # a link loads nothing until it is followed
            loads = name in ("src", "href", "xlink:href") and tag != "a"
            assert not loads, f"the page would load {value}"
            if name == "id":
                self.ids.append(value or "")
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "script":
            self.scripts[-1] += data
        self.text += data
