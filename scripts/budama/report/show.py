"""The summary of a scenario in the terminal, as a table."""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from budama.config import places
from budama.config.schema import DENSE
from budama.report.answer import read_answer, remarks, sentence
from budama.report.languages import ENGLISH
from budama.report.names import DASH
from budama.report.parts import by_part, columns_of, in_common
from budama.system.files.csv_file import read_csv
from budama.system.job.terminal import print_whole

COLUMNS: dict[str, Callable[[Any], str]] = {
    "acc. %": lambda r: f"{r.accuracy_pct:.2f}",
    "change": lambda r: f"{r.accuracy_drop_pp:+.2f}",
    "size": lambda r: f"{r.size_change_pct:+.1f}%",
    "MACs": lambda r: f"{r.macs_change_pct:+.1f}%",
    "ratio": lambda r: f"{r.latency_ratio:.3f}{'*' if _is_noisy(r) else ' '}",
    "interval": lambda r: (
        DASH
        if r.method == DENSE or pd.isna(r.latency_ratio_low)
        else f"{r.latency_ratio_low:.2f}–{r.latency_ratio_high:.2f}"
    ),
}
TIMES = ("ratio", "interval")


def show(folder: Path, console: Console | None = None) -> None:
    """Print ``summary.csv`` of the report in ``folder``, where the report is, and the answer."""
    console = console or Console()
    summary = read_csv(folder / places.SUMMARY)
    first = summary.iloc[0]
    timed = not summary["latency_ratio"].isna().all()
    title = f"{first.scenario}: {first.model} on {first.dataset}"
    for table in _tables(summary, title, timed=timed):
        print_whole(table, console)
        console.print()
    low, high = (
        first.accuracy_low_pct - first.accuracy_pct,
        first.accuracy_high_pct - first.accuracy_pct,
    )
    markdown = [places.markdown_page(language) for language in places.LANGUAGES]
    lines = [
        f"Accuracy on {first.test_images:,} test images (95% interval of the first: {low:+.1f} to "
        f"{high:+.1f}); change in points.",
        f"Latency in ONNX Runtime ({first.provider}); the ratio is to the dense model, measured by "
        f"turns, with its interval: below 1 is faster. Dense: {first.latency_ms:.3f} ms."
        if timed
        else "Latency was not measured (latency.skip).",
    ]
    if timed and any(map(_is_noisy, summary.itertuples())):
        lines.append(
            "* Noisy: the interval is wider than 5% of the ratio. To time again: `snakemake "
            f"--cores all {first.scenario} --forcerun latency` (trains nothing)."
        )
    if (folder / places.PAGE).is_file():  # not with `snakemake NAME/answer`
        lines.append(f"Report: {folder}/{places.PAGE} (also {', '.join(sorted(markdown))})")
    lines += _answer(folder / places.ANSWER_FOLDER / places.ANSWER)
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def _is_noisy(row: Any) -> bool:
    """Return whether its ratio is; the dense model is its own reference, whose ratio is 1."""
    return row.method != DENSE and bool(row.latency_noisy)


def _tables(summary: pd.DataFrame, title: str, *, timed: bool) -> Iterator[Table]:
    """Yield the table under ``title``: one that goes on for each part of the scenario."""
    cells = list(summary.iloc[1:].itertuples())
    parts = by_part(summary.itertuples())
    several = columns_of(cells)
    if len({cell.seed for cell in cells}) > 1:
        several.append("seed")
    own = ["method", *(["scope"] if len(parts) == 1 and "scope" not in several else []), *several]
    written = {name: write for name, write in COLUMNS.items() if timed or name not in TIMES}
    heads = [*own, *written]
    lines = {
        part: [
            [str(getattr(r, n)) for n in own] + [write(r) for write in written.values()]
            for r in rows
        ]
        for part, rows in parts
    }
    every = [heads, *chain.from_iterable(lines.values())]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    for part, rows in parts:
        shared = ", ".join(in_common(rows, cells).values())
        table = Table(
            # as text: a user's own words are no markup
            title=Text(f"{part}: {shared}" if part else title, style="table.title"),
            title_justify="left",
            show_header=part == parts[0][0],
            show_edge=False,
            box=box.SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
        )
        for head, width in zip(heads, widths, strict=True):
            table.add_column(
                head,
                justify="right" if head in COLUMNS else "left",
                no_wrap=True,
                min_width=width,
            )
        for row, line in zip(rows, lines[part], strict=True):
            table.add_row(*line, style="bold" if row.method == DENSE else None)
        yield table


def _answer(file: Path) -> list[str]:
    """Return where the answer is and its sentence; nothing if it has not been looked for."""
    if not file.is_file():
        return []
    answer = read_answer(file)
    said = " ".join([sentence(answer, ENGLISH), *remarks(answer, ENGLISH)])
    return [f"Answer: {file.parent}/ (model, card and figures)", "", f"The answer: {said}"]
