"""Check what ``make demo`` left: the contract of its summary, and that the task is a real one.

    python -m tools.check_demo

Prints each check with the figure it saw; exits with 1 if one does not hold.
"""

import sys
from pathlib import Path

import pandas as pd

from budama.config import places

REPORT = Path(places.report_folder("demo"))
PAGES = (*map(places.markdown_page, places.LANGUAGES), places.PAGE)
CONTRACT = (
    *("scenario", "task", "model", "dataset", "method", "scope", "budget", "normaliser"),
    *("repair", "recipe", "seed", "validation_after_cut_pct", "validation_norms_pct"),
    *("validation_repaired_pct",),
    *("accuracy_pct", "accuracy_drop_pp", "size_mib", "size_change_pct", "params_m"),
    *("macs_g", "macs_change_pct", "latency_ms", "latency_ratio", "provider"),
)
METHODS = {"coverage", "wanda", "magnitude", "taylor"}
EXPECTED = {("dense", "-"), ("dense-finetuned", "-"), ("random", "layer")} | {
    (method, scope) for method in METHODS for scope in ("layer", "global")
}

# Pairs by family: in each scope four methods with each other and with three controls; the dense
# control with the dense model; each method in both scopes; all eight with each other
PAIRS = {"methods": 2 * (6 + 12), "training": 1, "scope": 4, "combination": 28}


def checks(table: pd.DataFrame) -> list[tuple[str, bool, object]]:
    """Return what must hold, whether it does, and the figure that was seen."""
    pictures = [
        path for end in ("svg", "png") for path in (REPORT / places.PICTURES).glob(f"*.{end}")
    ]
    results = pd.read_csv(REPORT / places.RESULTS_TABLE)
    compared = pd.read_csv(REPORT / places.COMPARISONS)
    dense = table[table["method"] == "dense"].iloc[0]
    random = table[table["method"] == "random"].iloc[0]
    layer = table[table["method"].isin(METHODS) & (table["scope"] == "layer")]
    rows = set(zip(table["method"], table["scope"], strict=True))
    # equal architectures: the intervals of their ratios share a point, so each pair overlaps
    low, high = layer["latency_ratio_low"].max(), layer["latency_ratio_high"].min()
    lost = dense["validation_pct"] - random["validation_after_cut_pct"]
    return [
        ("the contract's columns", set(CONTRACT) <= set(table.columns), len(table.columns)),
        ("dense, two controls, four methods x two scopes", rows == EXPECTED, len(table)),
        ("no empty figure", not table.isna().any().any(), int(table.isna().sum().sum())),
        ("dense accuracy at least 86%", dense["accuracy_pct"] >= 86, dense["accuracy_pct"]),
        ("a random cut loses most of it", lost > dense["validation_pct"] / 2, f"{lost:.1f} points"),
        ("layer-wise cells: one size", layer["size_mib"].nunique() == 1, layer["size_mib"].iloc[0]),
        ("layer-wise cells: equal MACs", layer["macs_g"].nunique() == 1, layer["macs_g"].iloc[0]),
        (
            "layer-wise cells: the intervals of their latency ratios agree",
            low <= 1.05 * high,  # a quiet minute and a noisy one may be this far apart
            " ".join(f"{r.latency_ratio:.3f}" for r in layer.itertuples()),
        ),
        (
            "ONNX agrees with torch on at least 99.9% of the test images",
            table["onnx_top1_agreement_pct"].min() >= 99.9,
            table["onnx_top1_agreement_pct"].min(),
        ),
        (
            "every figure is below the device's peak",
            table["peak_pct"].between(0, 100, inclusive="neither").all(),
            f"{table['peak_pct'].max():.1f}% at most",
        ),
        (
            "a result for each model, and every pair compared",
            len(results) == len(table) and compared.groupby("family").size().to_dict() == PAIRS,
            f"{len(results)} results, {len(compared)} comparisons",
        ),
        (
            "pictures, each as SVG and PNG in two languages",
            len(pictures) >= 20 and len(pictures) % 4 == 0,
            len(pictures),
        ),
        (
            "the report in two languages and as a page",
            all((REPORT / page).stat().st_size > 1000 for page in PAGES),
            str(REPORT),
        ),
    ]


def main() -> None:
    """Run the checks on the demo's summary."""
    results = checks(pd.read_csv(REPORT / places.SUMMARY))
    for what, holds, seen in results:
        print(f"{'ok  ' if holds else 'FAIL'} {what}: {seen}")
    sys.exit(not all(holds for _, holds, _ in results))


if __name__ == "__main__":
    main()
