from collections.abc import Callable

import pandas as pd

from budama.report.languages import ENGLISH, TURKISH
from budama.report.pictures.channels import channels
from budama.report.pictures.charts import Pen
from budama.report.pictures.classes import MOST_CLASSES, classes
from budama.report.pictures.curves import curves, marked
from budama.report.pictures.files import to_svg
from budama.report.pictures.material import Material
from budama.report.pictures.panels import split
from budama.report.pictures.recovery import recovery
from tests.unit.report.pictures.conftest import material, models
from tests.unit.report.pictures.specs import layers_with, rows_of


def test_a_panel_for_each_scope_and_budget_with_the_controls_in_each() -> None:
    rows = models(budgets=("channels-0.1", "macs-0.5"))
    found = dict(split(material(rows).summary, TURKISH))
    assert list(found) == [
        "katman bazlı · kanal oranı %10",
        "global · kanal oranı %10",
        "katman bazlı · FLOPs hedefi %50",
        "global · FLOPs hedefi %50",
    ]
    for part in found.values():
        assert part["method"].tolist() == ["dense-finetuned", "wanda", "taylor"]


def test_what_there_are_several_of_stands_in_the_titles_of_panels() -> None:
    rows = models(repairs=("none", "refit"), normalisers=("mean", "raw"))
    found = dict(split(material(rows).summary, ENGLISH))
    assert list(found)[:3] == [
        "layer-wise · 10% of the channels · repair: none",
        "global · 10% of the channels · normaliser: mean · repair: none",
        "global · 10% of the channels · normaliser: raw · repair: none",
    ]
    assert len(found) == 6
    for part in found.values():
        assert part["method"].tolist() == ["dense-finetuned", "wanda", "taylor"]


def test_a_part_that_is_one_panel_has_its_own_title(pen: Callable[[Material], Pen]) -> None:
    published = models(scopes=("layer",), repairs=("none",))
    fast = models(scopes=("global",), budgets=("latency-0.5",))[2:]
    figures = material([*published, *fast])
    titles = {"layer": "as published", "global": "for speed"}
    for table in (figures.summary, figures.layers):
        table["part"] = table["scope"].replace(titles)
    assert list(dict(split(figures.summary, TURKISH))) == ["as published", "for speed"]
    shown = [panel.title.text for panel in channels(figures, pen(figures)).panels]
    assert shown == ["as published", "for speed"]
    figures.summary["part"] = "both"
    assert "for speed" not in dict(split(figures.summary, ENGLISH))
    assert len(dict(split(figures.summary, ENGLISH))) == 2


def test_repairs_share_the_picture_of_their_cut_unless_it_was_chosen_by_them(
    pen: Callable[[Material], Pen],
) -> None:
    for normaliser, panels in (("mean", 2), ("auto", 3)):
        rows = models(repairs=("none", "refit"), normalisers=(normaliser,))
        figures = material(rows)
        assert len(channels(figures, pen(figures)).panels) == panels


def test_a_scenario_of_controls_alone_has_one_panel() -> None:
    (found,) = split(material(models(methods=())).summary, TURKISH)
    assert found[0] == "short"


def test_epochs_get_few_markers_and_one_at_each_end() -> None:
    assert marked(pd.Series([0, 1])).all()
    many = pd.Series(range(98))
    assert many[marked(many)].tolist() == [*range(0, 98, 10), 97]
    assert marked(pd.Series([0])).all()


def test_what_is_not_trained_has_no_curve(pen: Callable[[Material], Pen]) -> None:
    rows = models(scopes=("layer",))
    untrained = [row | {"recipe": "none"} for row in rows[2:]]
    figures = material([*rows, *untrained])
    assert len(curves(figures, pen(figures)).panels) == 1
    alone = material([rows[0], *untrained])
    assert curves(alone, pen(alone)).panels == []


def test_curves_show_the_mean_and_each_seed(pen: Callable[[Material], Pen]) -> None:
    figures = material(models(seeds=(0, 1)))
    figures.curves.loc[figures.curves["seed"] == 1, "validation_accuracy_pct"] += 20
    picture = curves(figures, pen(figures))
    seeds, _ = (layers_with(picture.panels[0], key)[0] for key in ("detail", "tooltip"))
    assert {row["seed"] for row in rows_of(seeds)} == {0, 1}
    (points,) = layers_with(picture.panels[0], "tooltip")
    assert {row["text"] for row in rows_of(points)} == {"70.00"}
    assert "Thick lines are means" in picture.caption


def test_layers_show_the_share_that_is_left(pen: Callable[[Material], Pen]) -> None:
    figures = material(models(seeds=(0, 1)))
    figures.layers.loc[figures.layers["seed"] == 1, "outputs_after"] = 5
    (layer, _) = channels(figures, pen(figures)).panels
    (cells,) = layers_with(layer, "color")
    row = rows_of(cells)[0]
    assert (row["method"], row["layer"], row["number"]) == ("Wanda", "conv0", 1)
    assert (row["kept"], row["channels"]) == (68.75, "5.5 of 8")


def test_before_and_after_come_from_the_summary(pen: Callable[[Material], Pen]) -> None:
    figures = material(models())
    picture = recovery(figures, pen(figures))
    _, last = picture.panels
    points = layers_with(last, "tooltip")[0]
    row = rows_of(points)[-1]
    assert (row["method"], row["cut"], row["before"], row["after"]) == ("Taylor", 45, 55, 84)


def test_without_training_the_picture_ends_with_the_repair(pen: Callable[[Material], Pen]) -> None:
    rows = models(scopes=("layer",))
    untrained = [row | {"recipe": "none"} for row in rows[2:]]
    figures = material([*rows, *untrained])
    picture = recovery(figures, pen(figures))
    marks = [
        {found["field"] for layer in panel.to_dict()["layer"] if (found := layer["encoding"]["x"])}
        for panel in picture.panels
    ]
    assert marks == [{"cut", "before", "after"}, {"cut", "before"}]
    assert "filled after recovery" in picture.caption
    assert "without recovery training ends with its repair" in picture.caption
    alone = material([rows[0], *untrained])
    picture = recovery(alone, pen(alone))
    assert picture.title == "Right after the cut and after its repair"
    assert "filled" not in picture.caption


def test_classes_show_the_change_from_the_dense_model(pen: Callable[[Material], Pen]) -> None:
    figures = material(models())
    picture = classes(figures, pen(figures))
    (points,) = layers_with(picture.panels[0], "tooltip")
    found = {(row["class"], row["method"]): row["change_text"] for row in rows_of(points)}
    assert found["dog · 80.0", "Wanda"] == "−1.0"
    assert found["NA · 80.0", "Taylor"] == "−2.0"
    assert "most" not in picture.caption


def test_of_many_classes_those_that_change_most_are_shown_and_it_is_said(
    pen: Callable[[Material], Pen],
) -> None:
    names = [f"class {i // 2}" for i in range(1200)]  # each name twice
    figures = material(models(), names)
    picture = classes(figures, pen(figures))
    (points,) = layers_with(picture.panels[0], "tooltip")
    shown = {row["class"] for row in rows_of(points)}
    assert len(shown) == MOST_CLASSES == 20
    assert "class 599 #1200 · 80.0" in shown
    assert "class 590 #1181 · 80.0" in shown
    assert "the 20 of 1,200 classes" in picture.caption


def test_a_class_name_that_no_svg_can_hold_is_drawn(pen: Callable[[Material], Pen]) -> None:
    figures = material(models(("wanda",), ("layer",)), ["a\x01b", "a\ufffeb", "c\td"])
    svg = to_svg(classes(figures, pen(figures)), ENGLISH)
    for name in ("a�b #1 · 80.0", "a�b #2 · 80.0", "c\td · 80.0"):
        assert f">{name}<" in svg


def test_a_missing_table_leaves_its_picture_out(pen: Callable[[Material], Pen]) -> None:
    figures = material(models())
    none = figures.summary.iloc[:0]
    bare = Material(figures.summary, none, none, none)
    assert not any(draw(bare, pen(bare)).panels for draw in (curves, channels, classes))
    dense_is_missing = figures.classes[figures.classes["method"] != "dense"]
    bare = Material(figures.summary, none, none, dense_is_missing)
    assert not classes(bare, pen(bare)).panels


def test_a_method_of_ones_own_is_told_from_the_one_that_is_called_so() -> None:
    pen = Pen(TURKISH, ["wanda", "Wanda", "taylor"])
    labels = [pen.label(m) for m in ("wanda", "Wanda", "taylor")]
    assert labels == ["Wanda", "Wanda (kendi yönteminiz)", "Taylor"]
