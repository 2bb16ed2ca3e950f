"""A page of figures, of which a command writes its own sections and leaves the others alone."""

import re
from pathlib import Path

HEAD = """\
# What the workflow adds

The time that goes neither into training, scoring, cutting, testing nor timing: that of planning,
and that between the work of the jobs. A command that a section names writes it.
"""


def write_section(page: Path, title: str, body: str) -> None:
    """Put ``## title`` and ``body`` where that section stands in ``page``, or at its end."""
    text = page.read_text(encoding="utf-8") if page.is_file() else HEAD
    head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    section = f"## {title}\n\n{body.strip()}\n"
    titles = [found.splitlines()[0] for found in sections]
    if f"## {title}" in titles:
        sections[titles.index(f"## {title}")] = section
    else:
        sections.append(section)
    page.write_text("\n".join(part.strip() + "\n" for part in (head, *sections)), encoding="utf-8")
