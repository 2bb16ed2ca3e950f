"""Validation accuracy over the epochs of recovery training."""

from typing import Any

import altair as alt
import pandas as pd

from budama.config.recipe import NO_TRAINING
from budama.config.schema import DENSE
from budama.report.pictures.charts import (
    LINE,
    Pen,
    Picture,
    dashes,
    data,
    panel,
    shared_scale,
    tooltips,
)
from budama.report.pictures.material import Material, cells, over_seeds
from budama.report.pictures.panels import split

ACCURACY = "validation_accuracy_pct"
DASH = alt.ExprRef("datum.dash")
MARKERS = 10  # at most on one line, and one at each end


def curves(material: Material, pen: Pen) -> Picture:
    """Draw a panel for each cut and recipe, a line for each method."""
    table = material.curves
    table = table[table["recipe"] != NO_TRAINING]  # a point, and no curve
    words = pen.words
    if cells(table).empty:
        return Picture("curves", words["curves"], "")
    pen = pen.only(cells(table)["method"])
    several = cells(table)["seed"].nunique() > 1
    dense = material.summary.loc[material.summary["method"] == DENSE, "validation_pct"].max()
    scale = shared_scale(table[ACCURACY])
    panels = [_panel(rows, dense, scale, pen, title) for title, rows in split(table, pen.language)]
    caption = words["curves_caption"].format(seeds=words["seeds_lines"] if several else "")
    return Picture("curves", words["curves"], caption, panels)


def marked(epochs: "pd.Series[int]") -> "pd.Series[bool]":
    """Return which epochs get a marker: both ends and about every tenth of the way."""
    last = epochs.max()
    return (epochs % -(-last // MARKERS or -1) == 0) | (epochs == last)


def _panel(
    rows: pd.DataFrame, dense: float, scale: alt.Scale, pen: Pen, title: str
) -> alt.LayerChart:
    means = over_seeds(rows, [ACCURACY], "epoch")
    means = means.assign(
        method=means["method"].map(pen.label),
        dash=dashes(means["method"]),
        text=means[ACCURACY].map(pen.language.number),
        epoch_text=means["epoch"].astype(str),
    )
    axes: dict[str, Any] = {"x": _x(rows["epoch"], pen), "y": _y(scale, pen)}
    line = alt.Chart(data(means, ["method", "epoch", ACCURACY, "dash"])).mark_line(
        strokeWidth=2, strokeDash=DASH
    )
    layers = [
        line.encode(**axes, stroke=pen.stroke()),
        _points(means, pen).encode(**axes),
    ]
    if rows["seed"].nunique() > 1:
        layers.insert(0, _seeds(rows, pen).encode(**axes))
    if pd.notna(dense):
        layers.insert(0, _dense(dense))
    return panel(layers, title)


def _x(epochs: "pd.Series[int]", pen: Pen) -> alt.X:
    whole = sorted(epochs[marked(epochs)].unique().tolist())
    return alt.X(
        "epoch:Q",
        axis=alt.Axis(title=pen.words["epoch"], format="d", values=whole, grid=False),
        scale=alt.Scale(nice=False, padding=8),
    )


def _y(scale: alt.Scale, pen: Pen) -> alt.Y:
    axis = alt.Axis(title=pen.words["validation_accuracy"], tickCount=6)
    return alt.Y(f"{ACCURACY}:Q", axis=axis, scale=scale)


def _points(means: pd.DataFrame, pen: Pen) -> alt.Chart:
    rows = means[marked(means["epoch"])]
    words = pen.words
    chart = alt.Chart(data(rows, ["method", "epoch", ACCURACY, "epoch_text", "text"]))
    drawn: alt.Chart = chart.mark_point(size=60, opacity=1).encode(
        stroke=pen.stroke(),
        fill=pen.fill(),
        shape=pen.shape(),
        tooltip=tooltips(
            {
                "method": words["method"],
                "epoch_text": words["epoch"],
                "text": words["validation_accuracy"],
            }
        ),
    )
    return drawn


def _seeds(rows: pd.DataFrame, pen: Pen) -> alt.Chart:
    rows = rows.assign(method=rows["method"].map(pen.label), dash=dashes(rows["method"]))
    chart = alt.Chart(data(rows, ["method", "seed", "epoch", ACCURACY, "dash"]))
    drawn: alt.Chart = chart.mark_line(strokeWidth=0.8, opacity=0.5, strokeDash=DASH).encode(
        stroke=pen.stroke(),
        detail="seed:N",
    )
    return drawn


def _dense(accuracy: float) -> alt.Chart:
    chart = alt.Chart(alt.InlineData(values=[{ACCURACY: round(accuracy, 3)}]))
    drawn: alt.Chart = chart.mark_rule(color=LINE, strokeDash=[1, 3], strokeWidth=1.5).encode(
        y=f"{ACCURACY}:Q"
    )
    return drawn
