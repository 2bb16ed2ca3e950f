"""How templates are read, and other people's text inside our Markdown."""

from html import escape

from jinja2 import Environment, PackageLoader, StrictUndefined

# What Markdown, and GitHub's beside it, would take for markup inside a line
_MARKUP = "\\|*_`[]#~$"


def templates(package: str) -> Environment:
    """Return the templates of ``package``, in which HTML is escaped, and Markdown by ``| md``."""
    environment = Environment(
        loader=PackageLoader(package),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = plain
    return environment


def plain(text: object) -> str:
    """Return ``text`` so that Markdown shows it as it is: no markup, no cell or line end."""
    line = " ".join(escape(str(text), quote=False).split())
    for mark in _MARKUP:
        line = line.replace(mark, f"\\{mark}")
    return line
