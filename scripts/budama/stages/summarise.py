"""The comparison: one row per model, from the files that the stages left."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from budama.latency.statistics import CONFIDENCE
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_csv
from budama.system.files.csv_file import read_csv
from budama.system.files.json_file import read_json

BYTES_PER_MIB = 2**20
COLUMNS = (
    *("scenario", "task", "model", "dataset", "method", "scope", "budget", "recipe", "seed"),
    *("test_images", "accuracy_pct", "accuracy_low_pct", "accuracy_high_pct", "accuracy_drop_pp"),
    "top5_pct",
    *("validation_after_cut_pct", "validation_pct"),
    *("size_mib", "size_change_pct", "params_m", "macs_g", "macs_change_pct"),
    *("latency_ms", "latency_ratio", "latency_ratio_low", "latency_ratio_high", "latency_noisy"),
    *("provider", "latency_batch_size", "peak_pct"),
    *("latency_measured_ms", "latency_dense_measured_ms"),
    *("onnx_accuracy_pct", "onnx_largest_difference", "onnx_top1_agreement_pct"),
)
# One row per model, precision and batch size
LATENCY_COLUMNS = (
    *("method", "scope", "budget", "recipe", "seed", "precision", "batch_size"),
    *("ratio", "ratio_low", "ratio_high", "noisy", "dense_p50_ms", "p50_ms", "p90_ms", "p99_ms"),
    *("mean_ms", "ms_per_image", "images_per_s", "peak_pct", "accuracy_pct"),
    *("top1_agreement_pct", "file_mib", "provider", "threads", "others_pct"),
)


def summarise(
    shared: dict[str, str],
    dense: dict[str, Any],
    cells: list[dict[str, Any]],
    output: Path,
    latency: Path,
    *,
    timed: bool = True,
) -> None:
    """Write ``summary.csv`` to ``output``: the dense model first, then the cells in their order.

    ``shared`` are the columns that all rows have in common; ``dense`` and each cell give their
    ``folder`` and their own columns. Changes are relative to the dense model, a loss is negative,
    as published. The dense ``latency_ms`` is the median of what all measurements saw of it,
    and a cell's is its ratio times that: the ratio was measured by turns and holds, whereas the
    milliseconds of different jobs drift with the machine (``latency_measured_ms`` keeps them).
    An interval of a ratio that covers less than 95% is left empty: see ``latency.json``.

    ``latency`` receives every measurement, one row per model, precision and batch size; without
    ``timed`` it is empty, and so are the columns of latency.
    Raises ``BudamaError`` if models were timed on different providers.
    """
    models = [dense, *cells]
    own = [{k: v for k, v in model.items() if k != "folder"} for model in models]
    folders = [Path(model["folder"]) for model in models]
    reports = [_json(folder / "latency.json") for folder in folders] if timed else []
    _check_one_provider(folders, reports)

    headlines = map(_headline, reports) if timed else ({} for _ in models)
    rows = [
        _read(folder) | headline | columns
        for folder, headline, columns in zip(folders, headlines, own, strict=True)
    ]
    # nothing was cut of the dense model
    rows[0]["validation_after_cut_pct"] = rows[0]["validation_pct"]
    table = pd.DataFrame(rows).assign(**shared).reindex(columns=COLUMNS)
    first = table.iloc[0]
    if timed:
        dense_ms = table["latency_dense_measured_ms"].median()
        table["latency_ms"] = table["latency_ratio"] * dense_ms
    table["accuracy_drop_pp"] = table["accuracy_pct"] - first["accuracy_pct"]
    for name, share in (("size_change_pct", "size_mib"), ("macs_change_pct", "macs_g")):
        table[name] = 100 * (table[share] / first[share] - 1)
    write_csv(output, table.round(6))

    measurements = [
        columns | row
        for columns, folder, report in zip(own, folders, reports, strict=False)
        for row in _measurements(report, _json(folder / "evaluation.json")["onnx"])
    ]
    write_csv(latency, pd.DataFrame(measurements).reindex(columns=LATENCY_COLUMNS).round(6))


def _check_one_provider(folders: list[Path], reports: list[dict[str, Any]]) -> None:
    found = {
        report["provider"]: folder / "latency.json"
        for folder, report in zip(folders, reports, strict=False)
    }
    if len(found) > 1:
        examples = ", ".join(f"{file} on {provider}" for provider, file in found.items())
        raise BudamaError(
            f"models were timed on different providers ({examples}), and their times cannot be "
            "compared: name one provider under latency.providers and run again"
        )


def _read(folder: Path) -> dict[str, Any]:
    """Return the columns that the files of one model's folder give, without its latency."""
    model = _json(folder / "model.json")
    tested = _json(folder / "evaluation.json")
    exported = _json(folder / "export.json")
    curve = read_csv(folder / "curve.csv")
    return {
        "test_images": tested["images"],
        "accuracy_pct": tested["accuracy_pct"],
        "accuracy_low_pct": tested["accuracy_low_pct"],
        "accuracy_high_pct": tested["accuracy_high_pct"],
        "top5_pct": tested.get("top5_pct"),  # none for five classes or fewer
        "validation_after_cut_pct": curve["validation_accuracy_pct"].iloc[0],
        "validation_pct": curve["validation_accuracy_pct"].iloc[1:].max(),
        "size_mib": model["figures"]["size_bytes"] / BYTES_PER_MIB,
        "params_m": model["figures"]["params"] / 1e6,
        "macs_g": model["figures"]["macs"] / 1e9,
        "onnx_accuracy_pct": tested["onnx"]["fp32"]["accuracy_pct"],
        "onnx_largest_difference": exported["largest_difference"],
        "onnx_top1_agreement_pct": tested["onnx"]["fp32"]["top1_agreement_pct"],
    }


def _headline(report: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of one model's first measurement: fp32 and the first batch size.

    The dense model is its own measure, so its ratio is 1.
    """
    found = report["measurements"][0]
    ratios = _ratio(found)
    if report["reference"]:
        ratios = {name: None if value is None else 1.0 for name, value in ratios.items()}
    return {f"latency_{name}": value for name, value in ratios.items()} | {
        "latency_noisy": found["noisy"],
        "latency_batch_size": found["batch_size"],
        "latency_measured_ms": found["model"]["p50_ms"],
        "latency_dense_measured_ms": found["dense"]["p50_ms"],
        "peak_pct": found["model"]["peak_pct"],
        "provider": report["provider"],
    }


def _ratio(found: dict[str, Any]) -> dict[str, float | None]:
    """Return one measurement's ratio and its interval, which too few processes do not give."""
    names = ("ratio_low", "ratio_high")
    ends = [found[name] if found["coverage_pct"] >= 100 * CONFIDENCE else None for name in names]
    return {"ratio": found["ratio"], **dict(zip(names, ends, strict=True))}


def _measurements(report: dict[str, Any], tested: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a row of ``LATENCY_COLUMNS`` for every measurement of one model."""
    for found in report["measurements"]:
        precision = found["precision"]
        # TF32 is the fp32 file, run with less precision: its accuracy was not measured
        exact = tested.get(precision, {})
        yield found["model"] | {
            **_ratio(found),
            "noisy": found["noisy"],
            "precision": precision,
            "batch_size": found["batch_size"],
            "dense_p50_ms": found["dense"]["p50_ms"],
            "accuracy_pct": exact.get("accuracy_pct"),
            "top1_agreement_pct": exact.get("top1_agreement_pct"),
            "file_mib": exact["bytes"] / BYTES_PER_MIB if exact else None,
            "provider": report["provider"],
            "threads": report["settings"]["threads"],
            "others_pct": report["machine"]["others_pct"],
        }


def _json(path: Path) -> dict[str, Any]:
    return read_json(path)
