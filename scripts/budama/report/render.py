"""From ``summary.csv`` to the report in Markdown and HTML."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from budama.atomic import write_text
from budama.markdown import plain
from budama.report.configuration import configuration
from budama.report.gallery import gallery, library
from budama.report.languages import LANGUAGES, NOTES, Language

# Column heads, and how a row's value is written
_TABLE: dict[str, Callable[[Language, Any], str]] = {
    "method": lambda la, r: la.words.get(r.method, r.method),
    "scope": lambda la, r: la.words.get(r.scope, la.words["none"]),
    "accuracy": lambda la, r: la.number(r.accuracy_pct),
    "interval": lambda la, r: (
        f"{la.number(r.accuracy_low_pct, 1)} – {la.number(r.accuracy_high_pct, 1)}"
    ),
    "top5": lambda la, r: la.number(r.top5_pct),
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
# Columns that tell rows apart, shown only where there is more than one of a kind
_KINDS: dict[str, Callable[[Language, Any], str]] = {
    "budget": lambda la, r: la.budget(r.budget) if r.budget != "-" else la.words["none"],
    "recipe": lambda la, r: la.words["none"] if r.method == "dense" else r.recipe,
    "seed": lambda _, r: str(r.seed),
}
TEXT_COLUMNS = ("method", "scope", "interval", "budget", "recipe")


def render(
    summary: Path,
    manifest: Path,
    settings: dict[str, Any],
    outputs: dict[str, Path],
    pictures: Path | None = None,
) -> None:
    """Write the report of one scenario.

    ``manifest`` is that of the task's prepared data, ``settings`` what ``rules/report.smk`` gives.
    ``outputs`` maps ``tr`` and ``en`` to the Markdown files and ``html`` to the page, which holds
    both languages and needs no other file. ``pictures`` is the folder beside them in which
    ``draw`` has put the pictures; without it there are none.
    """
    table = pd.read_csv(summary)
    images = json.loads(manifest.read_text(encoding="utf-8"))
    title = settings["title"]
    pages = [_page(table, images, settings, language) for language in LANGUAGES.values()]
    for page in pages:
        page["gallery"] = gallery(pictures, page["code"]) if pictures else None
    environment = Environment(
        loader=PackageLoader("budama.report"),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = plain
    for page in pages:
        text = environment.get_template("report.md.j2").render(page)
        write_text(outputs[page["code"]], text)
    html = environment.get_template("report.html.j2").render(
        pages=pages, title=title, library=library if pictures else None
    )
    write_text(outputs["html"], html)


def _page(
    table: pd.DataFrame, manifest: dict[str, Any], settings: dict[str, Any], language: Language
) -> dict[str, Any]:
    words = language.words
    first = table.iloc[0]
    columns = _columns(table)
    return {
        "code": language.code,
        "language": language.name,
        "words": words,
        "title": settings["title"],
        "configuration": configuration(settings, manifest, first["test_images"], language),
        "provider": first["provider"],
        "heads": [words[key] for key in columns],
        "numeric": [key not in TEXT_COLUMNS for key in columns],
        "rows": [[w(language, row) for w in columns.values()] for row in table.itertuples()],
        "notes": [words[key] for key in NOTES],
    }


def _columns(table: pd.DataFrame) -> dict[str, Callable[[Language, Any], str]]:
    """Return the columns that say something about this table."""
    cells = table.iloc[1:]
    cut = table[table["scope"] != "-"]
    several = {
        "budget": cut["budget"].nunique() > 1,
        "recipe": cells["recipe"].nunique() > 1,
        "seed": cells["seed"].nunique() > 1,
    }
    kinds = {key: write for key, write in _KINDS.items() if several[key]}
    names = {key: _TABLE[key] for key in ("method", "scope")}
    figures = {key: write for key, write in _TABLE.items() if key not in names}
    if table["top5_pct"].isna().all():
        del figures["top5"]
    return names | kinds | figures
