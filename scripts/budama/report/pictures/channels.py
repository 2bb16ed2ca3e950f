"""Channels that each layer keeps, by method."""

from typing import Any

import altair as alt
import pandas as pd

from budama.analysis.columns import MODEL_KEY, PART
from budama.report.pictures.charts import Pen, Picture, data, panel, tooltips
from budama.report.pictures.material import Material, over_seeds
from budama.report.pictures.panels import split

ROW_HEIGHT = 26
DARKEST, LIGHTEST = "#08306b", "#e8f0f8"  # one hue from dark to light: the same order in grey


def channels(material: Material, pen: Pen) -> Picture:
    """Draw a panel for each cut: methods by layers, the darker the more channels are gone."""
    words = pen.words
    if material.layers.empty:
        return Picture("channels", words["channels"], "")
    # recipes share a cut, and so do repairs, unless a normaliser was chosen by the repaired models
    table = material.layers
    table = table.assign(recipe="", repair=table["repair"].where(table["normaliser"] == "auto", ""))
    shared = table.duplicated([*MODEL_KEY, "layer"])
    if shared.any():  # a panel may stand for several parts of the scenario
        table = table[~shared].drop(columns=PART, errors="ignore")
    table = table.assign(kept=100 * table["outputs_after"] / table["outputs_before"])
    lowest = float(over_seeds(table, ["kept"], "layer")["kept"].min())
    panels = [_panel(rows, lowest, pen, title) for title, rows in split(table, pen.language)]
    several = table["seed"].nunique() > 1
    caption = words["channels_caption"].format(seeds=words["seeds_mean_only"] if several else "")
    return Picture("channels", words["channels"], caption, panels)


def _panel(rows: pd.DataFrame, lowest: float, pen: Pen, title: str) -> alt.LayerChart:
    means = over_seeds(rows, ["kept", "outputs_before", "outputs_after"], "layer", "position")
    shown = pd.DataFrame([_in_words(row, pen) for row in means.itertuples()])
    methods = list(dict.fromkeys(shown["method"]))
    words = pen.words
    # all panels of a picture share one scale; layers that keep everything are at its light end
    scale = alt.Scale(domain=[min(lowest, 90), 100], range=[DARKEST, LIGHTEST], interpolate="lab")
    chart = alt.Chart(data(shown, shown.columns)).mark_rect()
    cells = chart.encode(
        x=alt.X(
            "number:O",
            axis=alt.Axis(title=words["layer_number"], labelOverlap=True, labelAngle=0),
        ),
        y=alt.Y("method:N", sort=methods, axis=alt.Axis(title=None, labelLimit=150)),
        color=alt.Color(
            "kept:Q",
            scale=scale,
            legend=alt.Legend(title=words["kept"], orient="bottom", gradientLength=160),
        ),
        tooltip=tooltips(
            {
                "method": words["method"],
                "layer": words["layer_name"],
                "channels": words["kept_of"],
                "kept_text": words["kept"],
            }
        ),
    )
    return panel([cells], title, height=ROW_HEIGHT * shown["method"].nunique())


def _in_words(row: Any, pen: Pen) -> dict[str, Any]:
    def count(value: float) -> str:
        return pen.language.number(value, 0 if value == round(value) else 1)

    return {
        "method": pen.label(row.method),
        "layer": row.layer,
        "number": row.position + 1,
        "kept": row.kept,
        "kept_text": pen.language.number(row.kept, 1),
        "channels": pen.words["of"].format(count(row.outputs_after), count(row.outputs_before)),
    }
