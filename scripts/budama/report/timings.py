"""Every measurement of latency: each model, precision and batch size."""

from collections.abc import Callable
from math import isnan
from pathlib import Path
from typing import Any

from budama.config.schema import DENSE, NOT_APPLICABLE
from budama.report.document import Row, Table, TableCell
from budama.report.languages import Language
from budama.report.sentences import isolated, method
from budama.report.table import DASH, span
from budama.system.files.csv_file import read_csv

_COLUMNS: dict[str, Callable[[Language, Any], str]] = {
    "method": lambda la, r: method(la, r.method),
    "scope": lambda la, r: la.words.get(r.scope, la.words["none"]),
    "budget": lambda la, r: DASH if r.budget == NOT_APPLICABLE else la.budget(r.budget),
    "recipe": lambda _, r: DASH if r.method == DENSE else isolated(r.recipe),
    "seed": lambda _, r: str(r.seed),
    "precision": lambda _, r: r.precision,
    "batch_size": lambda la, r: la.count(r.batch_size),
    "p50": lambda la, r: la.number(r.p50_ms, 3),
    "p90": lambda la, r: la.number(r.p90_ms, 3),
    "p99": lambda la, r: la.number(r.p99_ms, 3),
    "images_per_s": lambda la, r: la.count(round(r.images_per_s)),
    "peak": lambda la, r: DASH if isnan(r.peak_pct) else la.number(r.peak_pct, 1),
    "latency_ratio": lambda la, r: la.number(r.ratio, 3) + ("*" if r.noisy else ""),
    "latency_interval": lambda la, r: (
        DASH if isnan(r.ratio_low) else span(la, r.ratio_low, r.ratio_high, 3)
    ),
    "onnx_accuracy": lambda la, r: DASH if isnan(r.accuracy_pct) else la.number(r.accuracy_pct),
    "file_size": lambda la, r: DASH if isnan(r.file_mib) else la.number(r.file_mib),
}
_TEXT = ("method", "scope", "budget", "recipe", "precision")
_ONLY_WHERE_SEVERAL = ("scope", "budget", "recipe", "seed")


def timings_table(latency: Path, language: Language) -> Table | None:
    """Return the table of all measurements, ``None`` if there are none."""
    table = read_csv(latency)
    if table.empty:
        return None
    cells = table[table["method"] != DENSE]
    columns = [
        name
        for name in _COLUMNS
        if name not in _ONLY_WHERE_SEVERAL or cells[name].replace("-", None).nunique() > 1
    ]
    rows = [
        Row(
            [TableCell(_COLUMNS[name](language, row)) for name in columns],
            "dense" if row.method == DENSE else "method",
        )
        for row in table.itertuples()
    ]
    heads = [language.words[name] for name in columns]
    return Table(heads, rows, [name not in _TEXT for name in columns], "results")
