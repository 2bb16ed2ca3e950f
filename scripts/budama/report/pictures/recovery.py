"""Validation accuracy right after the cut, after its repair and after recovery training, if any."""

from typing import Any

import altair as alt
import pandas as pd

from budama.config.recipe import NO_TRAINING
from budama.config.schema import DENSE
from budama.report.pictures.charts import (
    LINE,
    Pen,
    Picture,
    data,
    panel,
    shared_scale,
    tooltips,
)
from budama.report.pictures.material import Material, cells, over_seeds
from budama.report.pictures.panels import split

CUT, BEFORE, AFTER = "validation_after_cut_pct", "validation_repaired_pct", "validation_pct"
ROW_HEIGHT = 26


def recovery(material: Material, pen: Pen) -> Picture:
    """Draw a panel for each cut and recipe, a row for each method."""
    words = pen.words
    figures = [CUT, BEFORE, AFTER]
    table = material.summary.dropna(subset=figures)
    untrained = cells(table)["recipe"] == NO_TRAINING
    title = words["recovery_none" if len(untrained) and untrained.all() else "recovery"]
    if cells(table).empty:
        return Picture("recovery", title, "")
    pen = pen.only(cells(table)["method"])
    dense = float(table.loc[table["method"] == DENSE, AFTER].mean())
    scale = shared_scale(*(table[name] for name in figures))
    panels = [_panel(rows, dense, scale, pen, name) for name, rows in split(table, pen.language)]
    several = cells(table)["seed"].nunique() > 1
    caption = words["recovery_caption"].format(
        after="" if untrained.all() else words["recovery_filled"],
        untrained=words["recovery_untrained"] if untrained.any() else "",
        seeds=words["seeds_mean_only"] if several else "",
    )
    return Picture("recovery", title, caption, panels)


def _panel(
    rows: pd.DataFrame, dense: float, scale: alt.Scale, pen: Pen, title: str
) -> alt.LayerChart:
    means = over_seeds(rows, [CUT, BEFORE, AFTER])
    shown = pd.DataFrame([_in_words(row, pen) for row in means.itertuples()])
    words = pen.words
    chart = alt.Chart(data(shown, shown.columns))
    y = alt.Y("method:N", sort=list(shown["method"]), axis=alt.Axis(title=None, labelLimit=150))
    axis = alt.Axis(title=words["validation_accuracy"], tickCount=6)
    x = alt.X("before:Q", axis=axis, scale=scale)
    stroke, shape = pen.stroke(legend=False), pen.shape(legend=False)
    trained = (rows["recipe"] != NO_TRAINING).all()  # a panel is that of one recipe
    told = {"method": "method", "cut_text": "as_cut", "before_text": "before"}
    told |= {"after_text": "after"} if trained else {}
    tips = tooltips({name: words[word] for name, word in told.items()})
    layers = [
        chart.mark_rule(strokeWidth=1, opacity=0.6).encode(
            x=alt.X("cut:Q", axis=axis, scale=scale), x2="before:Q", y=y, stroke=stroke
        ),
        chart.mark_circle(size=25, opacity=1).encode(
            x="cut:Q", y=y, fill=pen.fill(legend=False), tooltip=tips
        ),
        chart.mark_point(size=80, strokeWidth=1.8, opacity=1, fill="transparent").encode(
            x="before:Q", y=y, stroke=stroke, shape=shape, tooltip=tips
        ),
    ]
    if trained:
        rule = chart.mark_rule(strokeWidth=2, opacity=0.6)
        layers.insert(1, rule.encode(x=x, x2="after:Q", y=y, stroke=stroke))
        layers.append(_filled(chart, y, pen).encode(tooltip=tips))
    if pd.notna(dense):
        line = alt.Chart(alt.InlineData(values=[{"before": round(dense, 3)}]))
        mark = line.mark_rule(color=LINE, strokeDash=[1, 3], strokeWidth=1.5)
        layers.insert(0, mark.encode(x="before:Q"))
    return panel(layers, title, height=ROW_HEIGHT * shown["method"].nunique())


def _filled(chart: alt.Chart, y: alt.Y, pen: Pen) -> alt.Chart:
    drawn: alt.Chart = chart.mark_point(size=80, strokeWidth=1.8, opacity=1).encode(
        x="after:Q",
        y=y,
        stroke=pen.stroke(legend=False),
        fill=pen.fill(legend=False),
        shape=pen.shape(legend=False),
    )
    return drawn


def _in_words(row: Any, pen: Pen) -> dict[str, Any]:
    names = {"cut": CUT, "before": BEFORE, "after": AFTER}
    figures = {name: getattr(row, column) for name, column in names.items()}
    texts = {f"{name}_text": pen.language.number(value) for name, value in figures.items()}
    return {"method": pen.label(row.method)} | figures | texts
