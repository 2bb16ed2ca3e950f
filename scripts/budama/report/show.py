"""The summary of a scenario in the terminal, as a table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from budama.analysis.columns import AXES
from budama.config import places
from budama.config.schema import NOT_APPLICABLE
from budama.report.answer import read_answer, remarks, sentence
from budama.report.languages import ENGLISH
from budama.report.names import DASH
from budama.system.files.csv_file import read_csv
from budama.system.job.terminal import print_whole

COLUMNS: dict[str, Callable[[Any], str]] = {
    "acc. %": lambda r: f"{r.accuracy_pct:.2f}",
    "change": lambda r: f"{r.accuracy_drop_pp:+.2f}",
    "size": lambda r: f"{r.size_change_pct:+.1f}%",
    "MACs": lambda r: f"{r.macs_change_pct:+.1f}%",
    "ratio": lambda r: f"{r.latency_ratio:.3f}{'*' if r.latency_noisy else ' '}",
    "interval": lambda r: (
        DASH
        if pd.isna(r.latency_ratio_low)
        else f"{r.latency_ratio_low:.2f}–{r.latency_ratio_high:.2f}"
    ),
}
TIMES = ("ratio", "interval")


def show(folder: Path, console: Console | None = None) -> None:
    """Print ``summary.csv`` of the report in ``folder``, where the report is, and the answer."""
    console = console or Console()
    summary = read_csv(folder / places.SUMMARY)
    first = summary.iloc[0]
    title = f"{first.scenario}: {first.model} on {first.dataset}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("method", no_wrap=True)
    table.add_column("scope", no_wrap=True)
    cells = summary.iloc[1:]
    several = [
        name
        for name in (*AXES[1:], "seed")
        if cells[name].replace(NOT_APPLICABLE, None).nunique() > 1
    ]
    for name in several:
        table.add_column(name, no_wrap=True)
    timed = not summary["latency_ratio"].isna().all()
    columns = {name: write for name, write in COLUMNS.items() if timed or name not in TIMES}
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for row in summary.itertuples():
        style = "bold" if row.method == "dense" else None
        own = [str(getattr(row, name)) for name in several]
        values = [write(row) for write in columns.values()]
        table.add_row(str(row.method), str(row.scope), *own, *values, style=style)
    print_whole(table, console)
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
    if timed and summary["latency_noisy"].any():
        noisy = "* Noisy: the interval is wider than 5% of the ratio. Was the machine busy?"
        lines.append(noisy)
    if (folder / places.PAGE).is_file():  # not with `snakemake NAME/answer`
        lines.append(f"Report: {folder}/{places.PAGE} (also {', '.join(sorted(markdown))})")
    lines += _answer(folder / places.ANSWER_FOLDER / places.ANSWER)
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)


def _answer(file: Path) -> list[str]:
    """Return where the answer is and its sentence; nothing if it has not been looked for."""
    if not file.is_file():
        return []
    answer = read_answer(file)
    said = " ".join([sentence(answer, ENGLISH), *remarks(answer, ENGLISH)])
    return [f"Answer: {file.parent}/ (model, card and figures)", "", f"The answer: {said}"]
