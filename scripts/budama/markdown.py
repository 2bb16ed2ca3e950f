"""Text of others, inside Markdown of ours."""

from html import escape


def plain(text: object) -> str:
    """Return ``text`` so that Markdown shows it as it is: no markup, no cell or line end."""
    line = " ".join(escape(str(text), quote=False).split())
    for mark in "\\|*_`[]#":
        line = line.replace(mark, f"\\{mark}")
    return line
