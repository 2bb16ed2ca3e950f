import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from budama.summary import summarise


def model_folder(folder: Path, accuracy: float, size: int, latency: list[float] | None) -> str:
    folder.mkdir()
    files: dict[str, Any] = {
        "model.json": {"figures": {"size_bytes": size, "params": 2_000_000, "macs": size * 10}},
        "evaluation.json": {
            "images": 100,
            "accuracy_pct": accuracy,
            "accuracy_low_pct": accuracy - 1,
            "accuracy_high_pct": accuracy + 1,
            "top5_pct": 99.0,
        },
        "export.json": {"largest_difference": 1e-5, "top1_agreement_pct": 100.0},
    }
    if latency:
        dense, own, ratio = latency
        files["latency.json"] = {
            "provider": "CPU",
            "dense": {"p50_ms": dense},
            "model": {"p50_ms": own},
            "latency_ratio": ratio,
        }
    for name, value in files.items():
        (folder / name).write_text(json.dumps(value))
    (folder / "curve.csv").write_text("epoch,validation_accuracy_pct\n0,10.0\n1,70.0\n2,69.0\n")
    return str(folder)


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    own = {"scope": "layer", "budget": "channels-0.1", "recipe": "short", "seed": 0}
    shared = {"scenario": "s", "task": "t", "model": "m", "dataset": "d"}
    dense = own | {"folder": model_folder(tmp_path / "d", 80, 2**21, None), "method": "dense"}
    cells = [
        own | {"folder": model_folder(tmp_path / "a", 78.5, 2**20, [2.0, 1.0, 0.5]), "method": "a"},
        own | {"folder": model_folder(tmp_path / "b", 81, 2**21, [4.0, 4.4, 1.1]), "method": "b"},
    ]
    summarise(shared, dense, cells, tmp_path / "summary.csv")
    return pd.read_csv(tmp_path / "summary.csv")


CONTRACT = (
    "scenario, task, model, dataset, method, scope, budget, seed, accuracy_pct, accuracy_drop_pp, "
    "size_mib, size_change_pct, params_m, macs_g, macs_change_pct, latency_ms, latency_ratio, "
    "provider"
)


def test_the_contract_holds_and_no_figure_is_empty(table: pd.DataFrame) -> None:
    assert set(CONTRACT.split(", ")) <= set(table.columns)
    assert table["method"].tolist() == ["dense", "a", "b"]
    assert not table.isna().any().any()


def test_changes_are_relative_to_dense_and_a_loss_is_negative(table: pd.DataFrame) -> None:
    assert table["accuracy_drop_pp"].tolist() == [0, -1.5, 1]
    assert table["size_mib"].tolist() == [2, 1, 2]
    assert table["size_change_pct"].tolist() == [0, -50, 0]
    assert table["macs_change_pct"].tolist() == [0, -50, 0]


def test_milliseconds_of_different_jobs_are_put_on_one_scale(table: pd.DataFrame) -> None:
    assert table["latency_ms"].tolist() == [3, 1.5, 3.3]  # the median dense, times the ratio
    assert table["latency_measured_ms"].tolist() == [3, 1, 4.4]


def test_top_5_stays_empty_where_it_says_nothing(tmp_path: Path) -> None:
    """The evaluation leaves it out for five classes or fewer."""
    rows = []
    for name, latency in (("dense", None), ("cell", [2.0, 1.0, 0.5])):
        folder = Path(model_folder(tmp_path / name, 80, 2**20, latency))
        tested = json.loads((folder / "evaluation.json").read_text())
        del tested["top5_pct"]
        (folder / "evaluation.json").write_text(json.dumps(tested))
        own = {"method": name, "scope": "-", "budget": "-", "recipe": "short", "seed": 0}
        rows.append({"folder": str(folder)} | own)
    shared = {"scenario": "s", "task": "t", "model": "m", "dataset": "d"}
    summarise(shared, rows[0], rows[1:], tmp_path / "summary.csv")
    table = pd.read_csv(tmp_path / "summary.csv")
    assert table.columns[table.isna().any()].tolist() == ["top5_pct"]


def test_after_the_cut_is_epoch_0_and_afterwards_the_best(table: pd.DataFrame) -> None:
    assert table["validation_after_cut_pct"].tolist() == [70, 10, 10]
    assert table["validation_pct"].tolist() == [70, 70, 70]
