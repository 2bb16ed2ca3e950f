"""All pictures of a scenario, in their order."""

from budama.report.languages import Language
from budama.report.pictures.channels import channels
from budama.report.pictures.charts import Pen, Picture
from budama.report.pictures.classes import classes
from budama.report.pictures.curves import curves
from budama.report.pictures.material import Material
from budama.report.pictures.recovery import recovery
from budama.report.pictures.tradeoff import LATENCY, MACS, SIZE, tradeoff


def pictures_of(material: Material, language: Language) -> list[Picture]:
    """Return all pictures in ``language``; those without panels cannot be drawn."""
    pen = Pen(language, material.summary["method"])
    return [
        *(tradeoff(material, pen, cost) for cost in (LATENCY, MACS, SIZE)),
        curves(material, pen),
        recovery(material, pen),
        channels(material, pen),
        classes(material, pen),
    ]
