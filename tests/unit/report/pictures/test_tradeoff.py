from collections.abc import Callable

import pandas as pd
import pytest

from budama.report.pictures.charts import Pen
from budama.report.pictures.material import Material
from budama.report.pictures.tradeoff import (
    LATENCY,
    MACS,
    groups,
    moved_apart,
    pareto_front,
    tradeoff,
)
from tests.unit.report.pictures.conftest import material, models
from tests.unit.report.pictures.specs import layers_with, rows_of


def test_the_front_holds_what_no_other_beats_in_both() -> None:
    points = pd.DataFrame(
        [
            ("dear and good", 4.0, 90.0),
            ("dearer, no better", 5.0, 90.0),
            ("cheap", 1.0, 70.0),
            ("as cheap, worse", 1.0, 60.0),
            ("beaten", 3.0, 75.0),
            ("between", 2.0, 80.0),
            ("its equal", 2.0, 80.0),
        ],
        columns=["name", "cost", "accuracy"],
    )
    assert pareto_front(points)["name"].tolist() == ["cheap", "between", "dear and good"]


def test_points_at_one_place_are_moved_apart_and_no_others() -> None:
    moved = moved_apart(pd.Series([1.0, 2.0, 1.0, 1.001, 3.0]))
    assert moved.tolist() == [-9, 0, 0, 9, 0]
    assert moved_apart(pd.Series([5.0, 5.0])).tolist() == [-4.5, 4.5]


def test_marks_say_method_scope_and_interval(pen: Callable[[Material], Pen]) -> None:
    figures = material(models())
    picture = tradeoff(figures, pen(figures), MACS)
    (panel,) = picture.panels
    (points,) = layers_with(panel, "tooltip")
    rows = {(row["method"], row["scope"]): row for row in rows_of(points)}
    assert next(iter(rows)) == ("Original (fine-tuned)", "–")
    last = rows["Taylor", "global"]
    assert last["accuracy_text"] == "85.00"
    assert last["interval"] == "83.0 – 87.0"
    assert last["cost_text"] == "2.7500"
    assert (last["filled"], rows["Taylor", "layer-wise"]["filled"]) == (0, 1)
    assert "hollow: global" in picture.caption
    assert "seeds" not in picture.caption


def test_budgets_of_one_kind_are_joined(pen: Callable[[Material], Pen]) -> None:
    budgets = ("channels-0.1", "channels-0.3", "macs-0.5", "channels-0.1-round8")
    figures = material(models(("wanda",), ("layer",), budgets))
    (panel,) = tradeoff(figures, pen(figures), MACS).panels
    (line,) = layers_with(panel, "detail")
    assert len(rows_of(line)) == 2
    figures = material(models(("wanda",), ("layer",)))
    (panel,) = tradeoff(figures, pen(figures), MACS).panels
    assert not layers_with(panel, "detail")


def test_recipes_stand_apart_each_with_the_dense_model(pen: Callable[[Material], Pen]) -> None:
    rows = models(scopes=("layer",))
    figures = material([*rows, *({**row, "recipe": "long"} for row in rows[1:])])
    picture = tradeoff(figures, pen(figures), MACS)
    for panel, recipe in zip(picture.panels, ("short", "long"), strict=True):
        (points,) = layers_with(panel, "tooltip")
        assert [row["recipe"] for row in rows_of(points)] == ["start", recipe, recipe, recipe]


def test_repairs_and_normalisers_stand_apart_each_with_the_layer_scope(
    pen: Callable[[Material], Pen],
) -> None:
    rows = models(("wanda",), repairs=("none", "refit"), normalisers=("mean", "raw"))
    figures = material(rows)
    found = {title: list(part["scope"]) for title, part in groups(figures.summary, pen(figures))}
    assert list(found) == [
        f"normaliser: {normaliser} · repair: {repair}"
        for repair in ("none", "refit")
        for normaliser in ("mean", "raw")
    ]
    assert all(scopes == ["-", "-", "layer", "global"] for scopes in found.values())


def test_budgets_share_a_panel_of_their_scope_and_normaliser(
    pen: Callable[[Material], Pen],
) -> None:
    budgets = ("channels-0.1", "channels-0.3")
    figures = material(models(("wanda",), budgets=budgets, normalisers=("mean", "raw")))
    found = {title: len(part) for title, part in groups(figures.summary, pen(figures))}
    assert found == {
        "layer-wise": 4,
        "global · normaliser: mean": 4,
        "global · normaliser: raw": 4,
    }


def test_two_parts_share_a_panel_and_the_caption_names_them(
    pen: Callable[[Material], Pen],
) -> None:
    """Filled and hollow tell them apart, whatever else they differ in."""
    published = models(scopes=("layer",), repairs=("none",))
    fast = models(scopes=("global",), budgets=("latency-0.5",))[2:]
    figures = material([*published, *fast])
    assert "Filled: layer-wise; hollow: global." in tradeoff(figures, pen(figures), MACS).caption
    figures.summary["part"] = figures.summary["scope"].replace({"layer": "old", "global": "new"})
    picture = tradeoff(figures, pen(figures), MACS)
    (panel,) = picture.panels
    (points,) = layers_with(panel, "tooltip")
    assert [row["filled"] for row in rows_of(points)] == [1, 1, 1, 1, 0, 0]
    assert picture.caption.endswith("sideways. Filled: old; hollow: new.")


@pytest.mark.parametrize("column", ["empty", "missing"])
def test_latency_that_was_not_measured_leaves_the_picture_out(
    column: str, pen: Callable[[Material], Pen]
) -> None:
    figures = material(models())
    if column == "missing":
        del figures.summary["latency_ratio"]
    else:
        figures.summary.loc[1:, "latency_ratio"] = float("nan")
    assert not tradeoff(figures, pen(figures), LATENCY).panels
    assert tradeoff(figures, pen(figures), MACS).panels


def test_the_ratios_interval_is_drawn_where_there_is_one(pen: Callable[[Material], Pen]) -> None:
    figures = material(models())
    assert "horizontal" not in tradeoff(figures, pen(figures), LATENCY).caption
    ratio = figures.summary["latency_ratio"]
    summary = figures.summary.assign(latency_ratio_low=ratio - 0.1, latency_ratio_high=ratio + 0.1)
    figures = Material(summary, figures.curves, figures.layers, figures.classes)
    picture = tradeoff(figures, pen(figures), LATENCY)
    assert "horizontal bars" in picture.caption
    (bar,) = layers_with(picture.panels[0], "x2")
    assert rows_of(bar)[-1]["cost_low"] == pytest.approx(0.65)
    (points,) = layers_with(picture.panels[0], "tooltip")
    assert rows_of(points)[-1]["cost_text"] == "0.750 (0.650 – 0.850)"


def test_lines_of_two_scopes_stand_apart_on_the_same_axes(pen: Callable[[Material], Pen]) -> None:
    figures = material(models(("wanda",), budgets=("channels-0.1", "channels-0.3")))
    picture = tradeoff(figures, pen(figures), MACS)
    axes = []
    for panel, scope in zip(picture.panels, ("layer-wise", "global"), strict=True):
        (points,) = layers_with(panel, "tooltip")
        assert [row["scope"] for row in rows_of(points)] == ["–", "–", scope, scope]
        (front, *_) = panel.to_dict()["layer"]
        axes.append([front["encoding"][axis]["scale"]["domain"] for axis in "xy"])
    assert axes[0] == axes[1]
