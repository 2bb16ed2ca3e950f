"""Accuracy against what a model costs, with the Pareto front."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from budama.analysis.columns import AXES, KEY, MODEL_KEY, PART
from budama.config.budget import Budget
from budama.config.schema import DENSE, NOT_APPLICABLE
from budama.report.names import NAMES
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
from budama.report.pictures.material import (
    Material,
    cells,
    is_cut,
    over_seeds,
)
from budama.report.pictures.panels import several_of
from budama.report.sentences import isolated, terms


class Cost(NamedTuple):
    """What the horizontal axis shows: a column of ``summary.csv``, its ends and its decimals.

    ``up`` is the word for the vertical axis.
    """

    name: str
    column: str
    low: str | None
    high: str | None
    digits: int
    up: str = "test_accuracy"


MACS = Cost("macs", "macs_g", None, None, 4)
SIZE = Cost("size", "size_mib", None, None, 2)
LATENCY = Cost("latency", "latency_ratio", "latency_ratio_low", "latency_ratio_high", 3)

SAME_PLACE = 0.006  # of the axis: nearer points would hide each other
APART = 9  # pixels between points that are moved apart
_ACCURACY = {"accuracy": "accuracy_pct", "low": "accuracy_low_pct", "high": "accuracy_high_pct"}
_FIGURES = [*_ACCURACY, "cost", "cost_low", "cost_high"]


def tradeoff(material: Material, pen: Pen, cost: Cost) -> Picture:
    """Draw test accuracy against ``cost``, with the dense model in each panel.

    There is a panel for each normaliser, repair and recipe, and where several budgets become
    lines, for each scope; but one for all where the scope tells them apart already.
    """
    table = models(material.summary, cost)
    words = pen.words
    title = words[f"tradeoff_{cost.name}"]
    if cells(table).empty:
        return Picture(f"accuracy-{cost.name}", title, "")
    pen = pen.only(table["method"])
    axes = axes_of(table, pen, cost)
    panels = [panel_of(rows, axes, pen, cost, name) for name, rows in groups(table, pen)]
    latency = words["latency_bars"] if table["cost_low"].notna().any() else ""
    caption = words["tradeoff_caption"].format(latency=latency, **remarks(table, pen))
    return Picture(f"accuracy-{cost.name}", title, caption, panels)


def remarks(table: pd.DataFrame, pen: Pen) -> dict[str, str]:
    """Return what the caption says of scopes, budgets and seeds, where there are several."""
    words, cut = pen.words, table[is_cut(table)]
    scopes = {scope: words[scope] for scope in ("layer", "global")}
    if PART in table and one_cut_per_scope(table):
        named = cut[cut[PART] != NOT_APPLICABLE]
        scopes |= {scope: isolated(title) for scope, title in named[["scope", PART]].to_numpy()}
    return {
        "scopes": words["scopes_filled"].format(**scopes) if cut["scope"].nunique() > 1 else "",
        "budgets": words["budgets_joined"] if not _joined(table).empty else "",
        "seeds": words["seeds_mean"] if cells(table)["seed"].nunique() > 1 else "",
    }


def groups(table: pd.DataFrame, pen: Pen) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the title and the rows of each panel: for each of what there are several of.

    What an axis does not apply to, such as the dense control or the layer scope's normaliser,
    stands in every panel; so does the dense model. Budgets share a panel, and scopes where there
    is one budget.
    """
    if one_cut_per_scope(table):
        yield "", table
        return
    several = {*several_of(cells(table))} - {"scope", "budget"}
    if "budget" in several_of(table):
        several.add("scope")
    apart = [axis for axis in AXES if axis in several]
    rows = table[is_cut(table)] if is_cut(table).any() else cells(table)
    for values in dict.fromkeys(map(tuple, rows[apart].to_numpy())):
        where = dict(zip(apart, values, strict=True))
        if "scope" not in where and where.get("normaliser") == NOT_APPLICABLE:
            continue  # the layer scope, beside the global one
        shown = pd.Series(True, table.index)
        for axis, value in where.items():
            shown &= table[axis].isin([value, NOT_APPLICABLE])
        yield terms(pen.language, where, " · "), table[shown | (table["method"] == DENSE)]


def one_cut_per_scope(table: pd.DataFrame) -> bool:
    """Whether filled and hollow markers tell all cuts apart: each scope has one of all the rest."""
    cuts = table.loc[is_cut(table), [*AXES]].drop_duplicates()
    return len(cuts) > 1 and bool(cuts["scope"].is_unique)


def models(summary: pd.DataFrame, cost: Cost) -> pd.DataFrame:
    """Return accuracy and cost of each model that has both, with their intervals, and its keys."""
    names = [*MODEL_KEY, *({PART} & {*summary.columns})]
    table = summary[names].assign(**{key: summary[name] for key, name in _ACCURACY.items()})
    for key, name in {"cost": cost.column, "cost_low": cost.low, "cost_high": cost.high}.items():
        table[key] = summary[name] if name in summary.columns else float("nan")
    return table.dropna(subset=["accuracy", "cost"])


def pareto_front(points: pd.DataFrame) -> pd.DataFrame:
    """Return the rows than which no other is both cheaper and more accurate, by rising cost.

    ``points`` has the columns ``cost`` and ``accuracy``. Of rows that are equal in both the first
    is returned.
    """
    order = points.sort_values(["cost", "accuracy"], ascending=[True, False], kind="stable")
    best_before = order["accuracy"].cummax().shift(fill_value=float("-inf"))
    return order[order["accuracy"] > best_before]


def moved_apart(cost: "pd.Series[float]") -> "pd.Series[float]":
    """Return by how many pixels each point is moved sideways so that all can be seen."""
    order = cost.sort_values(kind="stable")
    gap = SAME_PLACE * (order.max() - order.min())
    place = (order.diff() > gap).cumsum()
    sizes = place.groupby(place).transform("size")
    moved = (place.groupby(place).cumcount() - (sizes - 1) / 2) * APART
    return moved.reindex(cost.index)


def panel_of(
    rows: pd.DataFrame, axes: dict[str, Any], pen: Pen, cost: Cost, title: str
) -> alt.LayerChart:
    """Draw the models of ``rows``: their front, and the line of each method's budgets."""
    points = over_seeds(rows, _FIGURES)
    points["moved"] = moved_apart(points["cost"])
    seeds = rows.merge(points[[*KEY, "moved"]], on=KEY)
    shown = _in_words(points, pen, cost)
    front = pareto_front(points).assign(moved=0.0)
    layers = [_front(front).encode(**axes), *_lines(points, pen)]
    if rows.groupby(KEY)["seed"].nunique().max() > 1:
        layers.append(_seeds(seeds, pen))
    return panel([*layers, *_bars(points, pen), _points(shown, pen, cost)], title)


def axes_of(table: pd.DataFrame, pen: Pen, cost: Cost) -> dict[str, Any]:
    """Return the axes that all panels share."""
    costs = shared_scale(table["cost"], table["cost_low"], table["cost_high"])
    accuracies = shared_scale(table["accuracy"], table["low"], table["high"])
    across = alt.Axis(title=pen.words[f"axis_{cost.name}"], tickCount=6)
    up = alt.Axis(title=pen.words[cost.up], tickCount=6)
    return {
        "x": alt.X("cost:Q", axis=across, scale=costs),
        "y": alt.Y("accuracy:Q", axis=up, scale=accuracies),
    }


def _front(points: pd.DataFrame) -> alt.Chart:
    chart = alt.Chart(data(points, ["cost", "accuracy"]))
    drawn: alt.Chart = chart.mark_line(
        interpolate="step-after", color=LINE, opacity=0.6, strokeWidth=1.5
    )
    return drawn


def _lines(points: pd.DataFrame, pen: Pen) -> list[alt.Chart]:
    """Return one line for each method's budgets that differ in their amount alone."""
    rows = _joined(points)
    if rows.empty:
        return []
    rows = rows.assign(method=rows["method"].map(pen.label), dash=dashes(rows["method"]))
    chart = alt.Chart(data(rows, ["method", "family", "cost", "accuracy", "moved", "dash"]))
    line = chart.mark_line(
        strokeWidth=1.5,
        opacity=0.8,
        xOffset=alt.ExprRef("datum.moved"),
        strokeDash=alt.ExprRef("datum.dash"),
    )
    return [
        line.encode(
            x="cost:Q",
            y="accuracy:Q",
            stroke=pen.stroke(),
            detail="family:N",
        )
    ]


def _joined(points: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that a line joins, with the ``family`` of budgets that each belongs to."""
    cut = points[is_cut(points)]
    family = [
        (budget.kind, budget.round_to, budget.steps)
        for budget in map(Budget.from_id, cut["budget"])
    ]
    rows = cut.assign(
        family=[f"{scope} {kind}" for scope, kind in zip(cut["scope"], family, strict=True)]
    )
    return rows[rows.groupby(["method", "family"])["budget"].transform("nunique") > 1]


def _bars(points: pd.DataFrame, pen: Pen) -> list[alt.Chart]:
    rows = points.assign(method=points["method"].map(pen.label))
    chart = alt.Chart(data(rows, ["method", *_FIGURES, "moved"]))
    moved = alt.ExprRef("datum.moved")
    bars = [
        chart.mark_rule(xOffset=moved, opacity=0.7).encode(
            x="cost:Q", y="low:Q", y2="high:Q", stroke=pen.stroke()
        )
    ]
    if points["cost_low"].notna().any():
        bars.append(
            chart.mark_rule(xOffset=moved, x2Offset=moved, opacity=0.7).encode(
                x="cost_low:Q", x2="cost_high:Q", y="accuracy:Q", stroke=pen.stroke()
            )
        )
    return bars


def _seeds(seeds: pd.DataFrame, pen: Pen) -> alt.Chart:
    rows = seeds.assign(method=seeds["method"].map(pen.label))
    chart = alt.Chart(data(rows, ["method", "cost", "accuracy", "moved"]))
    dots = chart.mark_circle(
        size=10, opacity=0.6, strokeWidth=0.5, xOffset=alt.ExprRef("datum.moved")
    )
    drawn: alt.Chart = dots.encode(x="cost:Q", y="accuracy:Q", stroke=pen.stroke(), fill=pen.fill())
    return drawn


def _points(rows: pd.DataFrame, pen: Pen, cost: Cost) -> alt.Chart:
    chart = alt.Chart(data(rows, rows.columns))
    titles = dict(zip(KEY, KEY, strict=True))
    titles |= {"accuracy_text": cost.up, "interval": "interval", "cost_text": f"axis_{cost.name}"}
    drawn: alt.Chart = chart.mark_point(
        size=90, strokeWidth=1.8, opacity=1, xOffset=alt.ExprRef("datum.moved")
    ).encode(
        x="cost:Q",
        y="accuracy:Q",
        stroke=pen.stroke(),
        fill=pen.fill(),
        shape=pen.shape(),
        fillOpacity=alt.FillOpacity("filled:Q", scale=None),
        tooltip=tooltips({column: pen.words[key] for column, key in titles.items()}),
    )
    return drawn


def _in_words(points: pd.DataFrame, pen: Pen, cost: Cost) -> pd.DataFrame:
    number = pen.language.number

    def row(point: Any) -> dict[str, Any]:
        written = number(point.cost, cost.digits)
        if pd.notna(point.cost_low):
            low, high = (number(end, cost.digits) for end in (point.cost_low, point.cost_high))
            written += f" ({low} – {high})"
        return {
            "name": point.method,
            "method": pen.label(point.method),
            **{axis: NAMES[axis](pen.language, point) for axis in AXES},
            "recipe": pen.language.recipe(point.recipe),  # the dense model's, too
            "accuracy": point.accuracy,
            "accuracy_text": number(point.accuracy),
            "interval": f"{number(point.low, 1)} – {number(point.high, 1)}",
            "cost": point.cost,
            "cost_text": written,
            "moved": point.moved,
            "filled": 0 if point.scope == "global" else 1,
        }

    return pd.DataFrame([row(point) for point in points.itertuples()])
