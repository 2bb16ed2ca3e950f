"""Text of others, inside Markdown of ours."""

from html import escape

# What Markdown, and GitHub's beside it, would take for markup inside a line
_MARKUP = "\\|*_`[]#~$"


def plain(text: object) -> str:
    """Return ``text`` so that Markdown shows it as it is: no markup, no cell or line end."""
    line = " ".join(escape(str(text), quote=False).split())
    for mark in _MARKUP:
        line = line.replace(mark, f"\\{mark}")
    return line
