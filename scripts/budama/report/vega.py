"""Vega in a page: the script that makes charts alive, and drawings in its place."""

from functools import cache
from xml.etree import ElementTree

import vl_convert
from markupsafe import Markup

VEGA_LITE = "6.4"  # the version that Altair 6.3 writes
_SVG = "http://www.w3.org/2000/svg"


@cache
def library() -> Markup:
    """Return Vega, Vega-Lite and Vega-Embed as one script that needs no network."""
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", VEGA_LITE)
    return Markup(script.replace("</script", "<\\/script").replace("<!--", "<\\!--"))


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
