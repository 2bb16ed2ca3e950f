"""From charts to files: SVG, PNG, and the index from which a page takes them."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode

from budama.config import places
from budama.report.languages import LANGUAGES, Language
from budama.report.pictures.charts import Picture, config
from budama.report.vega import VEGA_LITE
from budama.system.files.atomic import write_bytes, write_json, write_text

log = logging.getLogger("budama")
COLUMNS = 2
ONE_WIDTH, PANEL_WIDTH = 640, 420
PNG_SCALE = 2


def write_pictures(drawn: Callable[[Language], list[Picture]], folder: Path) -> None:
    """Write the pictures that ``drawn`` returns for each language into ``folder``.

    Each becomes ``NAME.LANGUAGE.svg`` and ``.png``; ``pictures.json`` holds their titles, captions
    and charts, and the titles of those that could not be drawn because figures are missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with debug_mode(False):  # the charts are of our making: checking each part takes half the time
        index = {
            code: _write(drawn(language), language, folder) for code, language in LANGUAGES.items()
        }
    write_json(folder / places.PICTURES_INDEX, index)


def _write(found: list[Picture], language: Language, folder: Path) -> dict[str, Any]:
    drawn = []
    for picture in found:
        if not picture.panels:
            log.info("%s: nothing to draw", picture.name)
            continue
        file = f"{picture.name}.{language.code}.svg"
        svg = to_svg(picture, language)
        write_text(folder / file, svg)
        write_bytes(
            (folder / file).with_suffix(".png"), vl_convert.svg_to_png(svg, scale=PNG_SCALE)
        )
        drawn.append(
            {
                "name": picture.name,
                "title": picture.title,
                "caption": picture.caption,
                "file": file,
                "charts": [_for_a_page(panel, language) for panel in picture.panels],
            }
        )
        log.info("%s", file)
    return {
        "pictures": drawn,
        "left_out": [picture.title for picture in found if not picture.panels],
    }


def to_svg(picture: Picture, language: Language) -> str:
    """Return ``picture`` as SVG on white paper, its panels side by side."""
    width = ONE_WIDTH if len(picture.panels) == 1 else PANEL_WIDTH
    panels = [panel.properties(width=width) for panel in picture.panels]
    chart = panels[0] if len(panels) == 1 else alt.concat(*panels, columns=COLUMNS)
    chart = chart.properties(
        title=alt.Title(_heading(picture), fontSize=14, offset=12), description=picture.title
    )
    frame = config(language)
    frame.background = "white"
    spec = chart.properties(config=frame, padding=12).to_dict(validate=False)
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
    return svg


def _heading(picture: Picture) -> list[str]:
    """Return the picture's title, and that of its panel if it has only one."""
    own = [panel.title.text for panel in picture.panels if isinstance(panel.title, alt.Title)]
    return [picture.title, *own] if len(picture.panels) == 1 else [picture.title]


def _for_a_page(panel: alt.LayerChart, language: Language) -> dict[str, Any]:
    """Return the chart as Vega-Lite, as wide as the element that it is shown in."""
    chart = panel.properties(
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding", resize=True),
        config=config(language),
    )
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return spec
