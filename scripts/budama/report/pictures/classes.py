"""Accuracy by class, each model against the dense one."""

import re
from collections.abc import Iterable
from typing import Any

import altair as alt
import pandas as pd

from budama.config.schema import DENSE, DENSE_FINETUNED
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

MOST_CLASSES = 20
LONGEST_NAME = 28
# A folder may have them in its name, but no SVG can hold them
_NO_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
ROW_HEIGHT, BAR_HEIGHT = 30, 20
_ACCURACY = ["accuracy_pct", "accuracy_low_pct", "accuracy_high_pct"]


def classes(material: Material, pen: Pen) -> Picture:
    """Draw a panel for each cut and recipe: the change of each class's accuracy.

    Of more than ``MOST_CLASSES``, those are shown whose accuracy changes most.
    """
    words = pen.words
    table = changes(material.classes)
    if table.empty:
        return Picture("classes", words["classes"], "")
    pen = pen.only(table["method"])
    shown = most_changed(table)
    number = table["position"].nunique()
    few = words["classes_few"].format(shown=len(shown), all=pen.language.count(number))
    several = table["seed"].nunique() > 1
    caption = words["classes_caption"].format(
        few=few if len(shown) < number else "",
        seeds=words["seeds_mean_only"] if several else "",
    )
    rows = table[table["position"].isin(shown)]
    scale = shared_scale(rows["change"], *_dense_interval(rows))
    panels = [_panel(part, scale, pen, title) for title, part in split(rows, pen.language)]
    return Picture("classes", words["classes"], caption, panels)


def changes(table: pd.DataFrame) -> pd.DataFrame:
    """Return each cell's classes with the dense model's figures and the ``change``, in points.

    Classes without test images are left out. Two classes may have the same name, so ``position``
    tells them apart.
    """
    if table.empty or not (table["method"] == DENSE).any():
        return table.iloc[:0]
    dense = table[table["method"] == DENSE].set_index("position")[_ACCURACY].add_prefix("dense_")
    rows = cells(table).join(dense, on="position").dropna(subset=["accuracy_pct"])
    return rows.assign(change=rows["accuracy_pct"] - rows["dense_accuracy_pct"])


def most_changed(table: pd.DataFrame) -> list[int]:
    """Return the positions of the classes that change most on average over the pruned models."""
    pruned = table[table["method"] != DENSE_FINETUNED]
    change = (pruned if len(pruned) else table).groupby("position")["change"].mean().abs()
    order = change.sort_values(ascending=False, kind="stable")
    return sorted(int(position) for position in order.index[:MOST_CLASSES])


def _dense_interval(table: pd.DataFrame) -> tuple["pd.Series[float]", "pd.Series[float]"]:
    """Return the ends of the dense model's interval, as changes."""
    dense = table["dense_accuracy_pct"]
    return table["dense_accuracy_low_pct"] - dense, table["dense_accuracy_high_pct"] - dense


def _panel(rows: pd.DataFrame, scale: alt.Scale, pen: Pen, title: str) -> alt.LayerChart:
    dense = [f"dense_{name}" for name in _ACCURACY]
    means = over_seeds(rows, [*_ACCURACY, *dense, "change"], "class", "position")
    means["class_name"] = means["class"].map(_drawable)
    means["low"], means["high"] = _dense_interval(means)
    means["moved"] = _moved(means["method"])
    names = _names(means, pen)
    shown = pd.DataFrame([_in_words(row, names, pen) for row in means.itertuples()])
    order = [names[position] for position in sorted(names)]
    zero = alt.Chart(alt.InlineData(values=[{"change": 0}])).mark_rule(color=LINE)
    layers = [
        _bars(shown, scale, order, pen),
        zero.encode(x="change:Q"),
        _points(shown, order, pen),
    ]
    return panel(layers, title, height=ROW_HEIGHT * len(order))


def _moved(methods: "pd.Series[str]") -> "pd.Series[float]":
    """Return by how many pixels a method's markers stand below the middle of a row."""
    number, count = pd.factorize(methods)[0], methods.nunique()
    return pd.Series((number - (count - 1) / 2) * BAR_HEIGHT / max(count, 2), methods.index)


def _y(order: list[str]) -> alt.Y:
    return alt.Y("class:N", sort=order, axis=alt.Axis(title=None, labelLimit=240, grid=True))


def _bars(shown: pd.DataFrame, scale: alt.Scale, order: list[str], pen: Pen) -> alt.Chart:
    rows = shown.drop_duplicates("class")
    chart = alt.Chart(data(rows, ["class", "low", "high"]))
    axis = alt.Axis(title=pen.words["class_change"], tickCount=7)
    drawn: alt.Chart = chart.mark_bar(color=LINE, opacity=0.25, height=BAR_HEIGHT).encode(
        x=alt.X("low:Q", axis=axis, scale=scale),
        x2="high:Q",
        y=_y(order),
    )
    return drawn


def _points(shown: pd.DataFrame, order: list[str], pen: Pen) -> alt.Chart:
    words = pen.words
    chart = alt.Chart(data(shown, shown.columns))
    drawn: alt.Chart = chart.mark_point(
        size=50, strokeWidth=1.8, opacity=1, yOffset=alt.ExprRef("datum.moved")
    ).encode(
        x="change:Q",
        y=_y(order),
        stroke=pen.stroke(),
        shape=pen.shape(),
        tooltip=tooltips(
            {
                "class_name": words["class"],
                "method": words["method"],
                "change_text": words["class_change"],
                "original": words["class_original"],
                "pruned": words["class_pruned"],
            }
        ),
    )
    return drawn


def _names(means: pd.DataFrame, pen: Pen) -> dict[Any, str]:
    """Return each class's name, short enough for an axis, with the dense model's accuracy."""
    table = means.drop_duplicates("position")
    short = table["class_name"].map(_shortened)
    number = short.duplicated(keep=False) * (table["position"] + 1)
    rows: Iterable[Any] = table.itertuples()
    return {
        row.position: f"{name}{f' #{place}' if place else ''} · "
        f"{pen.language.number(row.dense_accuracy_pct, 1)}"
        for row, name, place in zip(rows, short, number, strict=True)
    }


def _drawable(name: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", name)


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _in_words(row: Any, names: dict[int, str], pen: Pen) -> dict[str, Any]:
    number, words = pen.language.number, pen.words

    def with_interval(value: float, low: float, high: float) -> str:
        return f"{number(value, 1)} ({words['interval']}: {number(low, 1)} – {number(high, 1)})"

    return {
        "name": row.method,
        "method": pen.label(row.method),
        "class": names[row.position],
        "class_name": row.class_name,
        "change": row.change,
        "change_text": pen.language.signed(row.change, 1),
        "low": row.low,
        "high": row.high,
        "moved": row.moved,
        "original": with_interval(
            row.dense_accuracy_pct, row.dense_accuracy_low_pct, row.dense_accuracy_high_pct
        ),
        "pruned": with_interval(row.accuracy_pct, row.accuracy_low_pct, row.accuracy_high_pct),
    }
