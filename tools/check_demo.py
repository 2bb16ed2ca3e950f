"""Check what ``make demo`` left: its summary, its answer, and that the task is a real one.

    python -m tools.check_demo

Prints each check with the figure it saw; exits with 1 if one does not hold. No time is held against
a fixed limit, because a busy machine would break that: what the models are asked to take is checked
where it was asked for, in the provenance of their cuts, and what they take is printed for people.
"""

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from budama.analysis.columns import KEY
from budama.config import places
from budama.config.budget import Budget
from budama.config.cells import Cell, cells_of
from budama.workflow.configuration import load_config

Json = dict[str, Any]
Check = tuple[str, bool, object]
REPORT = Path(places.report_folder("demo"))
ANSWER = REPORT / "answer"
PAGES = (*map(places.markdown_page, places.LANGUAGES), places.PAGE)
CONTRACT = (
    *("scenario", "task", "model", "dataset", "method", "scope", "budget", "normaliser"),
    *("repair", "recipe", "seed", "validation_after_cut_pct", "validation_norms_pct"),
    *("validation_repaired_pct",),
    *("accuracy_pct", "accuracy_drop_pp", "size_mib", "size_change_pct", "params_m"),
    *("macs_g", "macs_change_pct", "latency_ms", "latency_ratio", "provider"),
)
CUT = {"coverage", "wanda", "magnitude", "taylor", "random"}
PUBLISHED = ("as published", "layer", "channels-0.1", "none")
FAST = ("for speed", "global", "latency-0.5", "refit")
EXPECTED = {("dense", "-", "-", "-", "-"), ("dense-finetuned", "-", "-", "-", "-")} | {
    (method, *part) for method in CUT for part in (PUBLISHED, FAST)
}
# Pairs by family: in each part four methods with each other and with three controls, and the dense
# control with the dense model. The parts differ in everything, so that nothing stands between them
PAIRS = {"methods": 2 * (6 + 12), "training": 1}
NEAR = 0.03  # of the time that is asked for
ROUNDED = 1e-5  # figures in both tables are rounded to six decimals


def checks(table: pd.DataFrame) -> list[Check]:
    """Return what must hold, whether it does, and the figure that was seen."""
    return [*_of_the_summary(table), *_of_the_layer_cuts(table), *_of_the_files(table)]


def _of_the_summary(table: pd.DataFrame) -> list[Check]:
    dense = table[table["method"] == "dense"].iloc[0]
    names = ["method", "part", "scope", "budget", "repair"]
    rows = set(table[names].itertuples(index=False, name=None))
    return [
        ("the contract's columns", set(CONTRACT) <= set(table.columns), len(table.columns)),
        (
            "dense, its control, four methods and random channels in two parts",
            rows == EXPECTED and len(table) == len(EXPECTED),
            len(table),
        ),
        ("no empty figure", not table.isna().any().any(), int(table.isna().sum().sum())),
        ("dense accuracy at least 86%", dense["accuracy_pct"] >= 86, dense["accuracy_pct"]),
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
    ]


def _of_the_layer_cuts(table: pd.DataFrame) -> list[Check]:
    """Check that the layer-wise cuts, whatever stays, are one architecture, and a real cut."""
    layer = table[table["scope"] == "layer"]
    random = layer[layer["method"] == "random"].iloc[0]
    dense = table[table["method"] == "dense"].iloc[0]
    # the intervals of their ratios share a point, so each pair overlaps
    methods = layer[layer["method"] != "random"]
    low, high = methods["latency_ratio_low"].max(), methods["latency_ratio_high"].min()
    lost = dense["validation_pct"] - random["validation_after_cut_pct"]
    return [
        ("a random cut loses most of it", lost > dense["validation_pct"] / 2, f"{lost:.1f} points"),
        ("layer-wise cells: one size", layer["size_mib"].nunique() == 1, layer["size_mib"].iloc[0]),
        ("layer-wise cells: equal MACs", layer["macs_g"].nunique() == 1, layer["macs_g"].iloc[0]),
        (
            "layer-wise cells: the intervals of their latency ratios agree",
            low <= 1.05 * high,  # a quiet minute and a noisy one may be this far apart
            _listed(methods["latency_ratio"]),
        ),
    ]


def _of_the_files(table: pd.DataFrame) -> list[Check]:
    pictures = [
        path for end in ("svg", "png") for path in (REPORT / places.PICTURES).glob(f"*.{end}")
    ]
    results = pd.read_csv(REPORT / places.RESULTS_TABLE)
    compared = pd.read_csv(REPORT / places.COMPARISONS)
    return [
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


def of_the_timed_cuts(cells: Iterable[Cell]) -> list[Check]:
    """Check that each cut to a share of the time was seen to take that when it was made."""
    seen = {cell: _provenance(cell)["timed"] for cell in cells if "latency-" in cell.budget}
    met = [_is_met(timed, Budget.from_id(cell.budget).value) for cell, timed in seen.items()]
    return [
        (
            "every cut in time is within 3% of its target, or not to be told from it, when cut",
            len(seen) == len(CUT) and all(met),
            _listed(timed["ratio"] for timed in seen.values()),
        )
    ]


def _is_met(timed: Json, target: float) -> bool:
    """Whether a cut met its target; a restless machine may leave an interval that holds it."""
    near = abs(timed["ratio"] / target - 1) <= NEAR
    return bool(near or timed["ratio_low"] <= target <= timed["ratio_high"])


def of_the_answer(table: pd.DataFrame, found: Json) -> list[Check]:
    """Check that the answer is a model of the summary, and loses no more than it may."""
    chosen, file = found["answer"], found["file"]
    model = ANSWER / places.ONNX
    content = model.read_bytes() if model.is_file() else b""
    results: list[Check] = [
        (
            "the answer's model is the file that answer.json says",
            hashlib.sha256(content).hexdigest() == file["sha256"],
            f"{len(content) / 2**20:.2f} MiB",
        ),
        (
            "the answer's card",
            (ANSWER / places.CARD).stat().st_size > 1000,
            str(ANSWER / places.CARD),
        ),
    ]
    if found["qualified"]:
        dense = table[table["method"] == "dense"].iloc[0]
        row = table[(table[KEY] == [chosen[name] for name in KEY]).all(axis=1)].iloc[0]
        figures = {
            "accuracy_pct": row["accuracy_pct"],
            "latency_ratio": row["latency_ratio"],
            "size_ratio": row["size_mib"] / dense["size_mib"],
            "lost_pp": -row["accuracy_drop_pp"],
        }
        first = (REPORT / places.markdown_page("en")).read_text().split("## Configuration")[0]
        said = [f"{abs(chosen[name]):.2f}" for name in ("latency_ratio", "size_ratio", "lost_pp")]
        results += [
            (
                "the report says them first",
                all(figure in first for figure in said),
                " ".join(said),
            ),
            (
                "the answer's figures are those of the summary",
                all(abs(chosen[name] - value) < ROUNDED for name, value in figures.items()),
                ", ".join(f"{name} {chosen[name]:.3f}" for name in figures),
            ),
            (
                "the answer is shown to lose no more than it may",
                chosen["lost_pp"] <= chosen["bound_pp"] <= found["lose_at_most_pp"],
                f"{chosen['bound_pp']:.2f} points at most",
            ),
        ]
    return results


def _provenance(cell: Cell) -> Json:
    description = json.loads((Path(cell.pruned) / places.DESCRIPTION).read_text())
    found: Json = description["provenance"]
    return found


def _listed(ratios: Iterable[float]) -> str:
    return " ".join(f"{ratio:.3f}" for ratio in ratios)


def main() -> None:
    """Run the checks on what the demo left, and say what a person wants to know of its answer."""
    table = pd.read_csv(REPORT / places.SUMMARY)
    found = json.loads((ANSWER / "answer.json").read_text())
    cells = cells_of(load_config(Path()).scenarios["demo"])
    results = [*checks(table), *of_the_timed_cuts(cells), *of_the_answer(table, found)]
    for what, holds, seen in results:
        print(f"{'ok  ' if holds else 'FAIL'} {what}: {seen}")
    timed = table[table["scope"] == "global"]
    print(f"     measured of the cuts in time: {_listed(timed['latency_ratio'])}")
    kind = "answer" if found["qualified"] else "nearest"
    if found[kind]:
        method, ratio, lost = (found[kind][n] for n in ("method", "latency_ratio", "lost_pp"))
        print(f"     the {kind}: {method}, {ratio:.3f} of the time, {lost:.2f} points lost")
    sys.exit(not all(holds for _, holds, _ in results))


if __name__ == "__main__":
    main()
