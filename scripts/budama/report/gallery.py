"""The pictures as the report shows them: drawn for all, alive where the page may run scripts."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import vl_convert
from markupsafe import Markup

from budama.report.pictures.words import WORDS
from budama.system.errors import BudamaError

INDEX = "pictures.json"
VEGA_LITE = "6.4"  # the version that Altair 6.3 writes
_SVG = "http://www.w3.org/2000/svg"


def gallery(folder: Path, language: str) -> dict[str, Any]:
    """Return what ``folder`` holds in ``language``, as the templates show it.

    ``pictures`` have ``name``, ``title``, ``caption``, ``file`` (relative to the folder above),
    ``charts`` (Vega-Lite) and ``svg``, to be put into a page as it is; ``left_out`` are the titles
    of those that could not be drawn; ``words`` are the section's own. Raises ``BudamaError`` if
    the folder has no index.
    """
    path = folder / INDEX
    if not path.is_file():
        raise BudamaError(f"{path} is missing; delete {folder} and run again")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))[language]
    for picture in found["pictures"]:
        svg = (folder / picture["file"]).read_text(encoding="utf-8")
        picture["svg"] = inline(svg, f"{picture['name']}-{language}", picture["title"])
        picture["file"] = f"{folder.name}/{picture['file']}"
    found["words"] = WORDS[language]
    return found


def inline(svg: str, name: str, title: str) -> Markup:
    """Return ``svg`` to be put into a page: without its white paper, its names its own.

    Two pictures may call a gradient the same; a page must not. ``name`` is put before each.
    ``title`` is what is read to those who do not see it.
    """
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg)
    paper = root.find(f"{{{_SVG}}}rect")
    if paper is not None:
        root.remove(paper)
    root.attrib |= {"role": "img", "aria-label": title}
    for element in root.iter():
        for key, value in element.items():
            if key == "id":
                element.set(key, f"{name}-{value}")
            elif value.startswith("url(#"):
                element.set(key, value.replace("url(#", f"url(#{name}-", 1))
    return Markup(ElementTree.tostring(root, encoding="unicode"))


@cache
def library() -> Markup:
    """Return Vega, Vega-Lite and Vega-Embed as one script that needs no network."""
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", VEGA_LITE)
    return Markup(script.replace("</script", "<\\/script").replace("<!--", "<\\!--"))
