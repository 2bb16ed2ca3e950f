import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from budama.stages.summarise import summarise
from budama.system.errors import BudamaError

SHARED = {"scenario": "s", "task": "t", "model": "m", "dataset": "d"}
OWN: dict[str, Any] = {
    "scope": "global",
    "budget": "channels-0.1",
    "normaliser": "auto",
    "repair": "refit",
}
OWN |= {"recipe": "short", "seed": 0}
NOT_CUT = OWN | dict.fromkeys(("scope", "budget", "normaliser", "repair"), "-")
REPAIRED = {
    "validation": {"after_cut_pct": 11.0, "norms_pct": 40.0, "repaired_pct": 60.0},
    "normaliser": {"asked": "auto", "chosen": "raw", "candidates": {"mean": 50.0, "raw": 59.0}},
}


def measurement(batch: int, dense: float, own: float, ratio: float) -> dict[str, Any]:
    def times(p50: float) -> dict[str, Any]:
        return {
            **{"p50_ms": p50, "p90_ms": 2 * p50, "p99_ms": 3 * p50, "mean_ms": p50},
            **{"ms_per_image": p50 / batch, "images_per_s": 1000 * batch / p50, "peak_pct": 40.0},
        }

    return {
        **{"precision": "fp32", "batch_size": batch, "noisy": False, "coverage_pct": 98.4},
        **{"ratio": ratio, "ratio_low": ratio - 0.01, "ratio_high": ratio + 0.01},
        **{"dense": times(dense), "model": times(own)},
    }


def model_folder(folder: Path, accuracy: float, size: int, latency: list[float]) -> str:
    folder.mkdir()
    files: dict[str, Any] = {
        "model.json": {
            "figures": {"size_bytes": size, "params": 2_000_000, "macs": size * 10},
            "provenance": {"kept_epoch": 1} | ({} if folder.name.startswith("dense") else REPAIRED),
        },
        "evaluation.json": {
            "images": 100,
            "accuracy_pct": accuracy,
            "accuracy_low_pct": accuracy - 1,
            "accuracy_high_pct": accuracy + 1,
            "top5_pct": 99.0,
            "onnx": {
                "fp32": {"accuracy_pct": accuracy, "top1_agreement_pct": 100.0, "bytes": 2**20}
            },
        },
        "export.json": {"largest_difference": 1e-5, "top1_agreement_pct": 100.0},
        "latency.json": {
            "provider": "CPU",
            "reference": folder.name == "dense",
            "settings": {"threads": 1},
            "machine": {"others_pct": 2.0, "cpu": "Xeon", "onnxruntime": "1.31"},
            "measurements": [measurement(batch, *latency) for batch in (1, 8)],
        },
    }
    for name, value in files.items():
        (folder / name).write_text(json.dumps(value))
    (folder / "curve.csv").write_text("epoch,validation_accuracy_pct\n0,10.0\n1,70.0\n2,69.0\n")
    return str(folder)


@pytest.fixture
def models(tmp_path: Path) -> list[dict[str, Any]]:
    figures: dict[str, tuple[float, int, list[float]]] = {
        "dense": (80, 2**21, [3.0, 3.03, 1.01]),
        "a": (78.5, 2**20, [2.0, 1.0, 0.5]),
        "b": (81, 2**21, [4.0, 4.4, 1.1]),
    }
    return [
        (NOT_CUT if name == "dense" else OWN)
        | {"method": name, "folder": model_folder(tmp_path / name, *figures[name])}
        for name in figures
    ]


def summary(models: list[dict[str, Any]], folder: Path, timed: bool = True) -> pd.DataFrame:
    output = folder / "summary.csv"
    summarise(
        shared=SHARED,
        dense=models[0],
        cells=models[1:],
        timed=timed,
        output=output,
        timings=folder / "latency.csv",
    )
    return pd.read_csv(output)


@pytest.fixture
def table(models: list[dict[str, Any]], tmp_path: Path) -> pd.DataFrame:
    return summary(models, tmp_path)


CONTRACT = (
    "scenario, task, model, dataset, method, scope, budget, normaliser, repair, recipe, seed, "
    "accuracy_pct, accuracy_drop_pp, size_mib, size_change_pct, params_m, macs_g, macs_change_pct, "
    "latency_ms, latency_ratio, provider, validation_after_cut_pct, validation_norms_pct, "
    "validation_repaired_pct"
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
    assert table["latency_measured_ms"].tolist() == [3.03, 1, 4.4]


def test_ratios_come_with_their_interval_and_the_dense_one_is_1(table: pd.DataFrame) -> None:
    assert table["latency_ratio"].tolist() == [1, 0.5, 1.1]
    assert table["latency_ratio_low"].tolist() == [1, 0.49, 1.09]
    assert table["latency_ratio_high"].tolist() == [1, 0.51, 1.11]
    assert table["peak_pct"].tolist() == [40, 40, 40]


XEON = {"provider": "CPU", "name": "Xeon", "threads": 1, "batch_size": 1, "onnxruntime": "1.31"}


def cut_for(model: dict[str, Any], device: dict[str, Any]) -> None:
    file = Path(model["folder"]) / "model.json"
    content = json.loads(file.read_text())
    content["provenance"]["timed"] = device | {"ratio": 0.5, "tried": []}
    file.write_text(json.dumps(content))


def timed_on(model: dict[str, Any], machine: dict[str, Any]) -> None:
    file = Path(model["folder"]) / "latency.json"
    content = json.loads(file.read_text())
    content["machine"] |= machine
    file.write_text(json.dumps(content))


def test_a_cut_to_time_goes_with_measurements_on_its_device(
    models: list[dict[str, Any]], tmp_path: Path
) -> None:
    cut_for(models[1], XEON)
    assert len(summary(models, tmp_path)) == 3


def test_without_a_cut_to_time_nodes_of_a_cluster_may_differ(
    models: list[dict[str, Any]], tmp_path: Path
) -> None:
    timed_on(models[2], {"cpu": "EPYC"})
    assert len(summary(models, tmp_path)) == 3


def test_a_cut_to_time_is_not_mixed_with_another_device(
    models: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Results were copied to another machine and timed there."""
    cut_for(models[1], XEON)
    timed_on(models[1], {"cpu": "EPYC"})
    with pytest.raises(BudamaError) as refused:
        summary(models, tmp_path)
    rest = "CPU, 1 thread(s), a batch of 1, ONNX Runtime 1.31"
    for said in (
        f"(cut for Xeon, {rest}: {tmp_path}/a; timed on Xeon, {rest}: {tmp_path}/dense, ",
        f"timed on EPYC, {rest}: {tmp_path}/a)",
        "snakemake --cores all s --forcerun selftest costs",
    ):
        assert said in str(refused.value)
    summary(models, tmp_path, timed=False)  # no times, nothing to mix


def test_cuts_to_time_are_of_one_device_with_all_that_stands_beside_them(
    models: list[dict[str, Any]], tmp_path: Path
) -> None:
    cut_for(models[1], XEON)
    timed_on(models[2], {"cpu": "EPYC"})  # whatever it was cut to
    with pytest.raises(BudamaError, match=r"timed on EPYC, .*: \S+/b\)"):
        summary(models, tmp_path)
    cut_for(models[2], XEON | {"name": "EPYC"})
    with pytest.raises(BudamaError, match=r"cut for EPYC, .*: \S+/b; timed on Xeon"):
        summary(models, tmp_path)


def test_too_few_processes_give_no_interval(models: list[dict[str, Any]], tmp_path: Path) -> None:
    """Of two equal models, one would too often be called faster."""
    for model in models:
        file = Path(model["folder"]) / "latency.json"
        file.write_text(file.read_text().replace('"coverage_pct": 98.4', '"coverage_pct": 93.75'))
    table = summary(models, tmp_path)
    assert table["latency_ratio"].tolist() == [1, 0.5, 1.1]
    assert table[["latency_ratio_low", "latency_ratio_high"]].isna().all(axis=None)
    found = pd.read_csv(tmp_path / "latency.csv")
    assert found[["ratio_low", "ratio_high"]].isna().all(axis=None)


def test_every_measurement_is_a_row(models: list[dict[str, Any]], tmp_path: Path) -> None:
    summary(models, tmp_path)
    found = pd.read_csv(tmp_path / "latency.csv")
    assert found["method"].tolist() == ["dense", "dense", "a", "a", "b", "b"]
    assert found["batch_size"].tolist() == [1, 8] * 3
    figures = found[["ratio", "p50_ms", "images_per_s", "file_mib"]]
    assert figures.iloc[3].to_list() == [0.5, 1.0, 8000.0, 1.0]
    assert not found.isna().any().any()


def test_times_of_different_providers_are_not_put_together(
    models: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = Path(models[2]["folder"]) / "latency.json"
    file.write_text(file.read_text().replace('"CPU"', '"CUDA"'))
    with pytest.raises(BudamaError, match=r"different providers \(.*on CPU, .*on CUDA\)"):
        summary(models, tmp_path)
    assert not (tmp_path / "summary.csv").exists()


def test_what_was_not_timed_has_no_times(models: list[dict[str, Any]], tmp_path: Path) -> None:
    table = summary(models, tmp_path, timed=False)
    empty = table.columns[table.isna().all()]
    assert set(empty) == {c for c in table.columns if c.startswith("latency")} | {
        *("provider", "peak_pct")
    }
    assert pd.read_csv(tmp_path / "latency.csv").empty


def test_top_5_stays_empty_where_it_says_nothing(
    models: list[dict[str, Any]], tmp_path: Path
) -> None:
    """The evaluation leaves it out for five classes or fewer."""
    for model in models:
        file = Path(model["folder"]) / "evaluation.json"
        file.write_text(file.read_text().replace("top5_pct", "unknown"))
    table = summary(models, tmp_path)
    assert table.columns[table.isna().any()].tolist() == ["top5_pct"]


def test_before_training_stands_what_the_cut_left_and_afterwards_the_best_epoch(
    table: pd.DataFrame,
) -> None:
    assert table["validation_after_cut_pct"].tolist() == [70, 11, 11]
    assert table["validation_norms_pct"].tolist() == [70, 40, 40]
    assert table["validation_repaired_pct"].tolist() == [70, 60, 60]
    assert table["validation_pct"].tolist() == [70, 70, 70]
    assert table["normaliser_chosen"].tolist() == ["-", "raw", "raw"]


def test_the_dense_control_starts_from_a_model_that_was_not_cut(
    models: list[dict[str, Any]], tmp_path: Path
) -> None:
    folder = model_folder(tmp_path / "dense-finetuned", 79, 2**21, [3.0, 3.0, 1.0])
    control = NOT_CUT | {"method": "dense-finetuned", "folder": folder}
    row = summary([*models, control], tmp_path).iloc[-1]
    figures = row[["validation_after_cut_pct", "validation_norms_pct", "validation_repaired_pct"]]
    assert figures.tolist() == [10, 10, 10]


def test_a_cut_has_the_title_of_its_part(models: list[dict[str, Any]], tmp_path: Path) -> None:
    assert summary(models, tmp_path)["part"].tolist() == ["-", "-", "-"]
    models[2]["part"] = "for speed"
    assert summary(models, tmp_path)["part"].tolist() == ["-", "-", "for speed"]


def test_figures_that_the_cut_did_not_leave_are_empty(
    models: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = Path(models[1]["folder"]) / "model.json"
    file.write_text(file.read_text().replace("validation", "unknown"))
    assert pd.isna(summary(models, tmp_path)["validation_repaired_pct"]).tolist() == [0, 1, 0]


def test_without_training_the_start_is_what_was_kept(
    models: list[dict[str, Any]], tmp_path: Path
) -> None:
    folder = Path(models[2]["folder"])
    file = folder / "model.json"
    file.write_text(file.read_text().replace('"kept_epoch": 1', '"kept_epoch": 0'))
    (folder / "curve.csv").write_text("epoch,validation_accuracy_pct\n0,65.0\n")
    assert summary(models, tmp_path)["validation_pct"].tolist() == [70, 70, 65]


def test_the_validation_accuracy_is_that_of_the_kept_epoch(
    models: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = Path(models[2]["folder"]) / "model.json"
    file.write_text(file.read_text().replace('"kept_epoch": 1', '"kept_epoch": 2'))
    assert summary(models, tmp_path)["validation_pct"].tolist() == [70, 70, 69]
