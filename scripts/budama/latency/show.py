"""A measurement in the terminal."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from budama.latency.statistics import CONFIDENCE
from budama.system.job.terminal import print_whole


def show(report: dict[str, Any], files: Sequence[Path], console: Console) -> None:
    """Print what ``compare`` or ``self_test`` returned for two ``files``."""
    console.print(f"{files[1]} against {files[0]} on {report['provider']}", soft_wrap=True)
    print_whole(_times(report), console)
    for line in _remarks(report):
        console.print(line, soft_wrap=True, highlight=False)
    if "operators" in report:
        console.print("Where the time goes (ms; the profiler itself takes some)")
        print_whole(_operators(report["operators"]), console)


def _table(first: str, *figures: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=True)
    for head in figures:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _times(report: dict[str, Any]) -> Table:
    figures = ("p50 ms", "p90 ms", "p99 ms", "images/s", "of peak", "ratio", "interval")
    table = _table("", *figures)
    for found in report["measurements"]:
        table.add_row(f"{found['precision']}, batch {found['batch_size']}", style="bold")
        for name, ratio in (("dense", ["", ""]), ("model", _ratio(found))):
            side = found[name]
            share = "–" if side["peak_pct"] is None else f"{side['peak_pct']:.0f}%"
            times = [f"{side[key]:.3f}" for key in ("p50_ms", "p90_ms", "p99_ms")]
            label = {"dense": "  first", "model": "  second"}[name]
            table.add_row(label, *times, f"{side['images_per_s']:,.0f}", share, *ratio)
    return table


def _ratio(found: dict[str, Any]) -> list[str]:
    noisy = " noisy" if found["noisy"] else ""
    return [f"{found['ratio']:.3f}", f"{found['ratio_low']:.3f} – {found['ratio_high']:.3f}{noisy}"]


def _remarks(report: dict[str, Any]) -> list[str]:
    machine, first = report["machine"], report["measurements"][0]
    device = machine.get("gpu", {}).get("name") or f"{machine['cpu']}, {machine['cores']} cores"
    lines = [
        f"{device}; ONNX Runtime {machine['onnxruntime']}; {len(first['ratios'])} processes of "
        f"{report['settings']['threads']} thread(s). Peak: {first['dense']['peak']}.",
        f"Others used {machine['others_pct']:.0f}% of the machine meanwhile.",
    ]
    lines += [
        f"{found[side]['peak_pct']:.0f}% of the peak is unusually much: check the figure."
        for found in report["measurements"]
        for side in ("dense", "model")
        if found[side].get("high")
    ]
    if first["coverage_pct"] < 100 * CONFIDENCE:
        lines.append(
            f"{len(first['ratios'])} processes give an interval of {first['coverage_pct']:.0f}% "
            "only: six are needed for 95%."
        )
    lines += [_told_apart(found) for found in report["told_apart"]]
    lines += [f"Left out: {reason}" for reason in report["left_out"]]
    return lines + [f"Passed over: {reason}" for reason in report["passed_over"]]


def _told_apart(found: dict[str, Any]) -> str:
    precision, why_not = found["precision"], found["why_not"]
    if why_not:
        return (
            f"{precision}: whether files of the same names are told apart is not known: {why_not}."
        )
    decoys = " and from one with ".join(found["decoys"])
    return (
        f"{precision}: told apart from a file of the same names with {decoys}; the answers lie "
        f"{found['difference_pct']:.2g}% from the CPU's."
    )


def _operators(rows: list[dict[str, Any]]) -> Table:
    table = _table("operators", "nodes", "first", "nodes", "second")
    for row in rows:
        table.add_row(
            row["kind"],
            str(row["dense_nodes"]),
            f"{row['dense_ms']:.3f}",
            str(row["model_nodes"]),
            f"{row['model_ms']:.3f}",
        )
    return table
