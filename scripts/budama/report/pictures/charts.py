"""What all pictures share: their frame, their legend, and how rows become a chart's data."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import altair as alt
import pandas as pd

from budama.report.languages import Language
from budama.report.pictures.looks import TEXT, look_of

PANEL_HEIGHT = 260
LINE = "#808080"
DIGITS = 5  # of the figures in a chart's data
MARGIN = 0.05  # of a scale, so that no marker is cut off at its ends


@dataclass(frozen=True)
class Picture:
    """One picture in one language; ``panels`` is empty if there is nothing to draw."""

    name: str
    title: str
    caption: str
    panels: list[alt.LayerChart] = field(default_factory=list)


class Pen:
    """Writes and draws methods in one language, each with its own look."""

    def __init__(self, language: Language, methods: Iterable[str]) -> None:
        self.language = language
        self.words = language.words | language.pictures
        self._labels = {method: language.method(method) for method in methods}
        self._drawn = list(self._labels)

    def label(self, method: str) -> str:
        """Return what the legend calls ``method``; no two methods are called the same."""
        return self._labels[method]

    def only(self, methods: Iterable[str]) -> "Pen":
        """Return a pen for a picture of ``methods``.

        All its layers and panels get one scale: Vega-Lite would mix up scales that differ.
        """
        found = set(methods)
        pen = copy(self)
        pen._drawn = [method for method in self._labels if method in found]
        return pen

    def stroke(self, *, legend: bool = True) -> alt.Stroke:
        """Return the outline of each method's marker or line."""
        scale = self._scale([look_of(method).colour for method in self._drawn])
        return alt.Stroke("method:N", title=None, scale=scale, legend=self._legend(legend))

    def fill(self, *, legend: bool = True) -> alt.Fill:
        """Return the inside of each method's marker, in the legend of ``stroke``."""
        scale = self._scale([look_of(method).colour for method in self._drawn])
        return alt.Fill("method:N", title=None, scale=scale, legend=self._legend(legend))

    def shape(self, *, legend: bool = True) -> alt.Shape:
        """Return each method's marker, in the legend of ``stroke``."""
        scale = self._scale([look_of(method).shape for method in self._drawn])
        return alt.Shape("method:N", title=None, scale=scale, legend=self._legend(legend))

    def _scale(self, looks: list[str]) -> alt.Scale:
        return alt.Scale(domain=[self._labels[method] for method in self._drawn], range=looks)

    def _legend(self, wanted: bool) -> alt.Legend | None:
        if not wanted:
            return None
        return alt.Legend(orient="bottom", symbolOpacity=1)


def data(rows: pd.DataFrame, columns: Iterable[str]) -> alt.InlineData:
    """Return ``columns`` of ``rows`` as a chart's data; an empty figure becomes null."""
    table = rows[list(columns)].round(DIGITS).astype(object)
    records: list[Any] = table.where(table.notna(), None).to_dict("records")
    return alt.InlineData(values=records)


def dashes(methods: "pd.Series[str]") -> "pd.Series[Any]":
    """Return each method's dashes as a column of a chart's data.

    A scale would have the legend draw them round the markers.
    """
    return methods.map(lambda method: list(look_of(method).dash) or [1, 0])


def tooltips(titles: dict[str, str]) -> list[alt.Tooltip]:
    """Return tooltips of text columns, by their titles."""
    return [alt.Tooltip(f"{column}:N", title=title) for column, title in titles.items()]


def shared_scale(*figures: "pd.Series[float]") -> alt.Scale:
    """Return one scale for all panels of a picture, so that they can be compared."""
    ends = pd.concat(figures).dropna()
    low, high = float(ends.min()), float(ends.max())
    margin = MARGIN * (high - low) or 1
    return alt.Scale(
        domain=[round(low - margin, 3), round(high + margin, 3)], nice=False, zero=False
    )


def panel(layers: list[alt.Chart], title: str = "", **properties: Any) -> alt.LayerChart:
    """Lay ``layers`` over each other under a title."""
    titled = {"title": alt.Title(title)} if title else {}
    return alt.LayerChart(layer=layers, **{"height": PANEL_HEIGHT} | titled | properties)


def config(language: Language) -> alt.Config:
    """Return the frame of all charts: the page's own text colour, and numbers as it writes them."""
    text: dict[str, Any] = {"labelColor": TEXT, "titleColor": TEXT, "titleFontWeight": "normal"}
    thousands = "," if language.decimal == "." else "."
    number = alt.NumberLocale(
        decimal=language.decimal, thousands=thousands, grouping=[3], currency=["", ""]
    )
    return alt.Config(
        background="transparent",
        font="sans-serif",
        locale=alt.Locale(number=number),
        axis=alt.AxisConfig(
            **text,
            domainColor=LINE,
            tickColor=LINE,
            gridColor=LINE,
            gridOpacity=0.25,
            labelFontSize=11,
            titleFontSize=12,
        ),
        legend=alt.LegendConfig(**text, labelFontSize=11, columns=3, labelLimit=150, symbolSize=80),
        title=alt.TitleConfig(color=TEXT, fontSize=12, fontWeight="bold", anchor="start"),
        view=alt.ViewConfig(stroke=None),
        # thousands of marks would be read out one by one; the picture has a title and a caption
        mark=alt.MarkConfig(aria=False),
    )
