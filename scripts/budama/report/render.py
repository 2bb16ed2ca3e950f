"""From ``summary.csv`` to the report in Markdown and HTML."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from budama.atomic import write_text
from budama.report.languages import LANGUAGES, NOTES, Language

# Column heads, and how a row's value is written
_TABLE: dict[str, Callable[[Language, Any], str]] = {
    "method": lambda la, r: la.words.get(r.method, r.method),
    "scope": lambda la, r: la.words.get(r.scope, la.words["none"]),
    "accuracy": lambda la, r: la.number(r.accuracy_pct),
    "interval": lambda la, r: (
        f"{la.number(r.accuracy_low_pct, 1)} – {la.number(r.accuracy_high_pct, 1)}"
    ),
    "loss": lambda la, r: "–" if r.method == "dense" else la.signed(r.accuracy_drop_pp),
    "after_cut": lambda la, r: (
        "–" if r.method == "dense" else la.number(r.validation_after_cut_pct, 1)
    ),
    "size": lambda la, r: la.number(r.size_mib),
    "size_change": lambda la, r: "–" if r.method == "dense" else la.change(r.size_change_pct),
    "latency": lambda la, r: la.number(r.latency_ms, 3),
    "latency_ratio": lambda la, r: la.number(r.latency_ratio, 3),
    "macs": lambda la, r: la.number(r.macs_g, 4 if r.macs_g < 0.1 else 2),  # noqa: PLR2004
    "macs_change": lambda la, r: "–" if r.method == "dense" else la.change(r.macs_change_pct),
}
TEXT_COLUMNS = ("method", "scope", "interval")


def render(summary: Path, title: str, outputs: dict[str, Path]) -> None:
    """Write the report of one scenario.

    ``outputs`` maps ``tr`` and ``en`` to the Markdown files and ``html`` to the page, which holds
    both languages and needs no other file.
    """
    table = pd.read_csv(summary)
    pages = [_page(table, title, language) for language in LANGUAGES.values()]
    environment = Environment(
        loader=PackageLoader("budama.report"),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = _markdown_text
    for page in pages:
        text = environment.get_template("report.md.j2").render(page)
        write_text(outputs[page["code"]], text)
    html = environment.get_template("report.html.j2").render(pages=pages, title=title)
    write_text(outputs["html"], html)


def _page(table: pd.DataFrame, title: str, language: Language) -> dict[str, Any]:
    words = language.words
    first = table.iloc[0]
    cut = table[table["scope"] != "-"]
    facts = {
        "task": first["task"],
        "model": first["model"],
        "dataset": first["dataset"],
        "test_images": language.count(first["test_images"]),
        "methods": ", ".join(words.get(m, m) for m in cut["method"].unique()),
        "budget": ", ".join(language.budget(budget) for budget in cut["budget"].unique()),
        "recipe": ", ".join(table["recipe"].iloc[1:].unique()),
        "seeds": ", ".join(str(seed) for seed in table["seed"].iloc[1:].unique()),
        "provider": first["provider"],
    }
    columns = dict(_TABLE)
    if table["seed"].iloc[1:].nunique() > 1:
        columns["seed"] = lambda _, r: str(r.seed)
    if cut["budget"].nunique() > 1:
        columns["budget"] = lambda la, r: (
            la.budget(r.budget) if r.budget != "-" else la.words["none"]
        )
    return {
        "code": language.code,
        "language": language.name,
        "words": words,
        "title": title,
        "facts": {words[key]: value for key, value in facts.items()},
        "heads": [words[key] for key in columns],
        "numeric": [key not in TEXT_COLUMNS for key in columns],
        "rows": [[w(language, row) for w in columns.values()] for row in table.itertuples()],
        "notes": [words[key] for key in NOTES],
    }


def _markdown_text(text: object) -> Markup:
    """Make text safe inside a Markdown table: no markup of its own, no cell or line end."""
    plain = " ".join(str(escape(text)).split())
    for mark in "\\|*_`[]#":
        plain = plain.replace(mark, f"\\{mark}")
    return Markup(plain)
