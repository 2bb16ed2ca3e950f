from pathlib import Path

import pandas as pd

from budama.report.pictures.material import over_seeds, read_material
from tests.unit.report.pictures.conftest import material, models, write


def test_every_table_comes_back_with_its_models_keys(tmp_path: Path) -> None:
    wanted = material(models(seeds=(0, 1)))
    found = read_material(tmp_path / "summary.csv", write(tmp_path, wanted))
    for name in ("summary", "curves", "layers", "classes"):
        expected: pd.DataFrame = getattr(wanted, name)
        own: pd.DataFrame = getattr(found, name)
        pd.testing.assert_frame_equal(
            own, expected[own.columns].reset_index(drop=True), check_dtype=False
        )
    assert "NA" in set(found.classes["class"])  # a name, not a missing one


def test_what_a_failed_cell_did_not_leave_is_left_out(tmp_path: Path) -> None:
    described = write(tmp_path, material(models()))
    (Path(described[2]["folder"]) / "curve.csv").unlink()
    found = read_material(tmp_path / "summary.csv", described)
    assert ("wanda", "layer") not in set(found.curves.set_index(["method", "scope"]).index)
    assert ("wanda", "global") in set(found.curves.set_index(["method", "scope"]).index)
    for model in described:
        (Path(model["folder"]) / "classes.csv").unlink()
    assert read_material(tmp_path / "summary.csv", described).classes.empty


def test_seeds_are_averaged_and_nothing_else() -> None:
    table = material(models(seeds=(0, 1))).summary
    means = over_seeds(table, ["accuracy_pct"])
    assert len(means) == 1 + 1 + 4
    wanda = table[(table["method"] == "wanda") & (table["scope"] == "layer")]
    own = means[(means["method"] == "wanda") & (means["scope"] == "layer")].iloc[0]
    assert own["accuracy_pct"] == wanda["accuracy_pct"].mean()
    assert own["seeds"] == 2
