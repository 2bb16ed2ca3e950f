from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from budama.analysis.csv_tables import read_results
from budama.report.pictures.charts import Pen
from budama.report.pictures.material import Material, over_seeds, read_material
from budama.report.pictures.tradeoff import LATENCY, tradeoff
from tests.unit.analysis.results import predictions
from tests.unit.report.pictures.conftest import material, models, write
from tests.unit.report.pictures.specs import layers_with, rows_of
from tests.unit.report.scenario import analysed


def read(folder: Path, described: list[dict[str, Any]]) -> Material:
    summary, results, _ = analysed(folder, described)
    return read_material(summary, results, described)


def test_every_table_comes_back_with_its_models_keys(tmp_path: Path) -> None:
    wanted = material(models(seeds=(1,)))
    wanted.summary["part"] = wanted.summary["scope"].replace({"global": "for speed", "layer": "-"})
    found = read(tmp_path, write(tmp_path, wanted))
    for name in ("summary", "curves", "layers", "classes"):
        expected: pd.DataFrame = getattr(wanted, name)
        own: pd.DataFrame = getattr(found, name).drop(columns="part")
        pd.testing.assert_frame_equal(
            own, expected[own.columns].reset_index(drop=True), check_dtype=False
        )
    assert set(found.layers.query("part == 'for speed'")["scope"]) == {"global"}
    assert "NA" in set(found.classes["class"])  # a name, not a missing one


def test_what_a_failed_cell_did_not_leave_is_left_out(tmp_path: Path) -> None:
    described = write(tmp_path, material(models()))
    (Path(described[2]["folder"]) / "curve.csv").unlink()
    found = read(tmp_path, described)
    assert ("wanda", "layer") not in set(found.curves.set_index(["method", "scope"]).index)
    assert ("wanda", "global") in set(found.curves.set_index(["method", "scope"]).index)
    for model in described:
        (Path(model["folder"]) / "classes.csv").unlink()
    assert read(tmp_path, described).classes.empty


def test_seeds_are_averaged_and_nothing_else() -> None:
    table = material(models(seeds=(0, 1))).summary
    means = over_seeds(table, ["accuracy_pct"])
    assert len(means) == 1 + 1 + 4
    wanda = table[(table["method"] == "wanda") & (table["scope"] == "layer")]
    own = means[(means["method"] == "wanda") & (means["scope"] == "layer")].iloc[0]
    assert own["accuracy_pct"] == wanda["accuracy_pct"].mean()
    assert own["seeds"] == 2


def test_intervals_over_seeds_are_those_of_the_table(
    tmp_path: Path, pen: Callable[[Material], Pen]
) -> None:
    """Three trainings that differ by more than their images tell."""
    figures = material(models(("wanda",), ("layer",), seeds=(0, 1, 2)))
    cut = figures.summary["scope"] == "layer"
    ratios = figures.summary["latency_ratio"]
    figures.summary["latency_ratio_low"] = ratios - 0.1
    figures.summary["latency_ratio_high"] = ratios + 0.1
    described = write(tmp_path, figures)
    (right,) = predictions(0, [0.8], seeds=3, spread=0.05)
    for row, seed in zip(np.flatnonzero(cut), right, strict=True):
        file = Path(described[row]["folder"]) / "predictions.parquet"
        pd.DataFrame({"key": range(seed.size), "rank": 1 - seed}).to_parquet(file)
    found = read(tmp_path, described)
    (points,) = layers_with(tradeoff(found, pen(found), LATENCY).panels[0], "tooltip")
    shown = rows_of(points)[-1]
    wanda = read_results(tmp_path / "results.csv")[-1]
    assert wanda.high - wanda.low > 4, "each seed's own is 4 wide"
    assert shown["interval"] == f"{wanda.low:.1f} – {wanda.high:.1f}"
    assert f"({wanda.ratio_low:.3f} – {wanda.ratio_high:.3f})" in shown["cost_text"]
