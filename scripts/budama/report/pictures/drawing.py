"""From a scenario's figures to its pictures' files."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from budama.report.languages import Language
from budama.report.pictures.channels import channels
from budama.report.pictures.charts import Pen, Picture
from budama.report.pictures.classes import classes
from budama.report.pictures.curves import curves
from budama.report.pictures.files import write_pictures
from budama.report.pictures.material import Material, read_material
from budama.report.pictures.recovery import recovery
from budama.report.pictures.tradeoff import LATENCY, MACS, SIZE, tradeoff


def draw(summary: Path, results: Path, models: Iterable[dict[str, Any]], folder: Path) -> None:
    """Draw the pictures of one scenario into ``folder``, in each language.

    ``results`` is the table of the stage ``analyse``; ``models`` are the dense model and the cells
    (see ``read_material``).
    """
    material = read_material(summary, results, models)
    write_pictures(lambda language: pictures(material, language), folder)


def pictures(material: Material, language: Language) -> list[Picture]:
    """Return all pictures in ``language``; those without panels cannot be drawn."""
    pen = Pen(language, material.summary["method"])
    return [
        *(tradeoff(material, pen, cost) for cost in (MACS, SIZE, LATENCY)),
        curves(material, pen),
        recovery(material, pen),
        channels(material, pen),
        classes(material, pen),
    ]
