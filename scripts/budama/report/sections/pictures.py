"""The pictures: drawn for all, alive where a page may run scripts."""

import json
from pathlib import Path
from typing import Any

from budama.config import places
from budama.report.document import Drawing, Gallery, Section
from budama.report.languages import Language
from budama.report.sections.context import Context
from budama.report.vega import inline
from budama.system.errors import BudamaError


def pictures(context: Context, language: Language) -> Section | None:
    """Return the pictures of a scenario, if they were drawn."""
    return pictures_in(context.pictures, language) if context.pictures else None


def pictures_in(folder: Path, language: Language) -> Section:
    """Return the pictures in ``folder``, which is beside the page.

    Raises ``BudamaError`` if the folder has no index.
    """
    path = folder / places.PICTURES_INDEX
    if not path.is_file():
        raise BudamaError(f"{path} is missing; delete {folder} and run again")
    found = json.loads(path.read_text(encoding="utf-8"))[language.code]
    words = language.pictures
    left_out = words["left_out"].format(", ".join(found["left_out"])) if found["left_out"] else ""
    figures = [_figure(picture, folder, language) for picture in found["pictures"]]
    return Section(words["pictures"], [Gallery(figures, left_out)])


def _figure(picture: dict[str, Any], folder: Path, language: Language) -> Drawing:
    name = f"{picture['name']}-{language.code}"
    svg = (folder / picture["file"]).read_text(encoding="utf-8")
    return Drawing(
        name=name,
        title=picture["title"],
        caption=picture["caption"],
        file=f"{folder.name}/{picture['file']}",
        charts=picture["charts"],
        svg=inline(svg, name, picture["title"]),
    )
