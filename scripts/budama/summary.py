"""The comparison: one row per model, from the files that the stages left."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from budama.atomic import write_csv

BYTES_PER_MIB = 2**20
COLUMNS = (
    *("scenario", "task", "model", "dataset", "method", "scope", "budget", "recipe", "seed"),
    *("test_images", "accuracy_pct", "accuracy_low_pct", "accuracy_high_pct", "accuracy_drop_pp"),
    "top5_pct",
    *("validation_after_cut_pct", "validation_pct"),
    *("size_mib", "size_change_pct", "params_m", "macs_g", "macs_change_pct"),
    *(
        "latency_ms",
        "latency_ratio",
        "provider",
        "latency_measured_ms",
        "latency_dense_measured_ms",
    ),
    *("onnx_largest_difference", "onnx_top1_agreement_pct"),
)


def summarise(
    shared: dict[str, str], dense: dict[str, Any], cells: list[dict[str, Any]], output: Path
) -> None:
    """Write ``summary.csv``: the dense model first, then the cells in their order.

    ``shared`` are the columns that all rows have in common; ``dense`` and each cell give their
    ``folder`` and their own columns. Changes are relative to the dense model, a loss is negative,
    as published. The dense ``latency_ms`` is the median of what the cells' measurements saw of it,
    and a cell's is its ratio times that: the ratio was measured by turns and holds, whereas the
    milliseconds of different jobs drift with the machine (``latency_measured_ms`` keeps them).
    """
    dense_row, *rows = (
        _read(Path(model["folder"])) | {k: v for k, v in model.items() if k != "folder"}
        for model in (dense, *cells)
    )
    dense_ms = pd.Series([row["latency_dense_measured_ms"] for row in rows], dtype=float).median()
    dense_row |= {
        "validation_after_cut_pct": dense_row["validation_pct"],
        "latency_measured_ms": dense_ms,
        "latency_dense_measured_ms": dense_ms,
        "latency_ratio": 1.0,
        "provider": "+".join(sorted({row["provider"] for row in rows})),
    }
    table = pd.DataFrame([dense_row, *rows]).assign(**shared)
    table["accuracy_drop_pp"] = table["accuracy_pct"] - dense_row["accuracy_pct"]
    table["latency_ms"] = table["latency_ratio"] * dense_ms
    for name, share in (("size_change_pct", "size_mib"), ("macs_change_pct", "macs_g")):
        table[name] = 100 * (table[share] / dense_row[share] - 1)
    write_csv(output, table[list(COLUMNS)].round(6))


def _read(folder: Path) -> dict[str, Any]:
    """Return the columns that the files of one model's folder give."""
    model = _json(folder / "model.json")
    tested = _json(folder / "evaluation.json")
    exported = _json(folder / "export.json")
    curve = pd.read_csv(folder / "curve.csv")
    row = {
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
        "onnx_largest_difference": exported["largest_difference"],
        "onnx_top1_agreement_pct": exported["top1_agreement_pct"],
    }
    if (folder / "latency.json").exists():
        timed = _json(folder / "latency.json")
        row |= {
            "latency_measured_ms": timed["model"]["p50_ms"],
            "latency_dense_measured_ms": timed["dense"]["p50_ms"],
            "latency_ratio": timed["latency_ratio"],
            "provider": timed["provider"],
        }
    return row


def _json(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value
