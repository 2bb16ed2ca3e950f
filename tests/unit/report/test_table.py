from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from budama.analysis.marks import best_of
from budama.analysis.results import KEY, results_of
from budama.report.languages import ENGLISH
from budama.report.table import comparison_table
from budama.system.errors import BudamaError
from budama.system.files.csv_file import read_csv
from tests.unit.report.results import facts_of, made, predictions
from tests.unit.report.scenario import report, summary


def best(*cells: Any) -> set[tuple[str, str]]:
    facts = facts_of(*cells)
    return {(r.method, column) for group in facts.groups for r, column in best_of(group)}


def test_the_best_is_marked_only_where_it_can_be_told() -> None:
    assert best(made("a", 88), made("b", 80)) == {("a", "accuracy")}
    assert best(made("a", 88), made("b", 87.9)) == set()
    assert best(made("a", 88), made("b", 80), made("random", 88.1)) == set()
    assert best(made("a", 88)) == set()


def test_exact_figures_are_best_where_they_are_smallest() -> None:
    cells = made("a", 88, size=70, macs=3.0), made("b", 88, size=80, macs=3.0)
    assert best(*cells) == {("a", "size")}


@pytest.mark.parametrize(
    ("high", "noisy", "marked"), [(0.89, False, True), (0.91, False, False), (0.89, True, False)]
)
def test_a_latency_is_best_where_intervals_do_not_overlap(
    high: float, noisy: bool, marked: bool
) -> None:
    fast = {"ratio": 0.8, "ratio_low": 0.7, "ratio_high": high, "noisy": noisy}
    slow = {"ratio": 1.0, "ratio_low": 0.9, "ratio_high": 1.1}
    found = best(made("a", 88, **fast), made("b", 88, **slow))
    assert (("a", "latency_ratio") in found) is marked


def test_the_best_is_that_of_equal_terms() -> None:
    found = best(
        made("a", 88), made("b", 80), made("a", 70, scope="global"), made("b", 60, scope="global")
    )
    assert found == {("a", "accuracy")}
    table = comparison_table(
        facts_of(made("a", 70), made("b", 60), made("a", 60, budget="macs-0.5")), ENGLISH
    )
    texts = [[cell.text for cell in row.cells] for row in table["rows"]]
    target = table["heads"].index("FLOPs target (G)")
    assert [row[target] for row in texts] == ["–", "–", "–", "2.00"]


def test_accuracy_through_onnx_runtime_is_shown_where_it_differs() -> None:
    same, other = made("a", 88.001, onnx_accuracy=88.0), made("a", 88, onnx_accuracy=87.98)
    assert "ONNX accuracy (%)" not in comparison_table(facts_of(same), ENGLISH)["heads"]
    assert "ONNX accuracy (%)" in comparison_table(facts_of(other), ENGLISH)["heads"]


def model_of(row: "pd.Series[Any]", folder: Path) -> dict[str, Any]:
    return {"folder": str(folder)} | {name: row[name] for name in (*KEY, "seed")}


def several_seeds(folder: Path) -> list[dict[str, Any]]:
    """Write a summary of two methods with two seeds, and their predictions; return the models."""
    table = pd.read_csv(summary(folder / "summary.csv"))
    names = {"dense": [0], "magnitude": [0, 1], "taylor": [0, 1]}
    right = dict(zip(names, predictions(0, [0.9, 0.8, 0.7], seeds=2, spread=0.01), strict=True))
    rows, models = [], []
    for method, seeds in names.items():
        start = table.iloc[[0 if method == "dense" else 1]]
        for seed in seeds:
            share = 100 * right[method][seed].mean()
            row = start.assign(method=method, seed=seed, accuracy_pct=share, test_images=2000)
            rows.append(row)
            models.append(model_of(row.iloc[0], folder / f"{method}{seed}"))
            (folder / f"{method}{seed}").mkdir()
            images = pd.DataFrame({"key": range(2000), "rank": 1 - right[method][seed]})
            images.to_parquet(folder / f"{method}{seed}" / "predictions.parquet")
    pd.concat(rows).to_csv(folder / "summary.csv", index=False)
    return models


def test_several_seeds_are_one_row_and_their_own_table(tmp_path: Path) -> None:
    models = several_seeds(tmp_path)
    found = report(tmp_path, models=models)
    table = pd.read_csv(tmp_path / "summary.csv").query("method == 'taylor'")["accuracy_pct"]
    first, second = table.map("{:.2f}".format)
    row = f"| Taylor | layer-wise | 2 | {table.mean():.2f} ± {table.std():.2f} |"
    assert row in found["en"]
    assert "### Seed by seed" in found["en"]
    assert f"| Taylor | layer-wise | 0 | {first} |" in found["en"]
    assert f"| Taylor | layer-wise | 1 | {second} |" in found["en"]
    assert "Hillis's mixed model" in found["en"]
    assert "McNemar's p within each seed" in found["en"]
    assert "±" not in report(tmp_path, models=models[:1])["en"].split("### Seed")[1][:400]


def test_the_interval_over_seeds_is_wider_than_that_of_the_images(tmp_path: Path) -> None:
    models = several_seeds(tmp_path)
    table = read_csv(tmp_path / "summary.csv")
    taylor = results_of(table, models)[2]
    alone = results_of(table, [])[2]
    assert taylor.seeds == (0, 1)
    assert taylor.low < taylor.accuracy < taylor.high
    assert taylor.high - taylor.low != alone.high - alone.low


def test_one_seed_that_is_left_has_the_noise_of_the_others(tmp_path: Path) -> None:
    """A cell may have failed; what training again changes is known from the other methods."""
    models = several_seeds(tmp_path)
    table = read_csv(tmp_path / "summary.csv")
    left = table[(table["method"] != "taylor") | (table["seed"] == 0)]
    dense, _, taylor = results_of(left, models)
    assert taylor.seeds == (0,)
    assert taylor.high - taylor.low > 4.2, "Wilson's is 4.07 wide"
    assert (dense.low, dense.high) == (78.2, 78.9), "the file's"


def test_predictions_of_other_images_are_refused(tmp_path: Path) -> None:
    models = several_seeds(tmp_path)
    file = tmp_path / "taylor1/predictions.parquet"
    pd.read_parquet(file).assign(key=range(1, 2001)).to_parquet(file)
    with pytest.raises(BudamaError, match=r"taylor1/predictions\.parquet holds other test images"):
        report(tmp_path, models=models)


def test_what_is_missing_is_a_dash_and_a_note(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    table.assign(latency_ms=None, latency_ratio=None).to_csv(tmp_path / "summary.csv", index=False)
    lost = {"method": "taylor", "scope": "global", "budget": "channels-0.1", "recipe": "published"}
    models = [model_of(table.iloc[1], tmp_path), {"folder": "none", "seed": 3, **lost}]
    found = report(tmp_path, models=models)
    assert "−18.4% | – | – | 3.34 |" in found["en"]
    assert (
        "**Missing: no inference time of Magnitude (layer-wise, 10% of the channels, published).**"
        in found["en"]
    )
    assert "Taylor (global, 10% of the channels, published), seed 3.**" in found["en"]
    assert "Çıkarım süresi ölçülmedi." in found["tr"]


def test_a_method_without_any_result_does_not_stop_the_report(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    lost = table.iloc[[1]].assign(method="taylor")
    figures = lost.columns[lost.columns.str.contains("pct|pp|mib|_g$|latency")]
    lost[figures] = None
    pd.concat([table, lost]).to_csv(tmp_path / "summary.csv", index=False)
    found = report(tmp_path)["en"]
    assert "| Taylor | layer-wise | – | – |" in found
    assert "- **Taylor:** No result: this cell is not finished." in found


def test_only_the_dense_model_and_its_control_make_a_report(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    control = table.iloc[[0]].assign(method="dense-finetuned", accuracy_pct=79.9)
    pd.concat([table.iloc[[0]], control]).to_csv(tmp_path / "summary.csv", index=False)
    assert "Extra training alone (published) changed" in report(tmp_path)["en"]


def test_a_noisy_latency_is_marked_and_explained(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    noisy = table.assign(
        latency_noisy=[False, True], latency_ratio_low=[1, 0.9], latency_ratio_high=[1, 1.1]
    )
    noisy.to_csv(tmp_path / "summary.csv", index=False)
    found = report(tmp_path)["en"]
    assert "| 1.000\\* | 0.900 – 1.100 |" in found
    assert "noisy" in found.split("How to read this")[1]
