"""The tables of results: a row per method, what was published below it, the best marked."""

from collections.abc import Callable, Iterator
from math import isnan
from typing import Any

from budama.analysis.columns import AXES, KEY, SHOWN, Column
from budama.analysis.marks import best_of
from budama.analysis.results import RANDOM, Result
from budama.config.budget import Budget
from budama.config.schema import DENSE, DENSE_FINETUNED, NOT_APPLICABLE
from budama.report.document import Row, Table, TableCell
from budama.report.facts import Facts
from budama.report.languages import Language
from budama.report.names import DASH, NAMES
from budama.report.parts import by_part, columns_of, in_common
from budama.report.sentences import macs, titled

# The figures beside which a published one says how far they are from it
_COMPARED = ("accuracy_pct", "size_mib", "macs_g")


def span(language: Language, low: float, high: float, digits: int) -> str:
    """Write an interval."""
    return f"{language.number(low, digits)} – {language.number(high, digits)}"


def _normaliser(language: Language, result: Result) -> str:
    """Write the normaliser, and of ``auto`` what it came to."""
    asked = NAMES["normaliser"](language, result)
    if result.chosen in (result.normaliser, NOT_APPLICABLE):
        return asked
    chosen = ", ".join(language.of("normaliser", name) for name in result.chosen.split())
    return f"{asked} ({chosen})"


_FIGURES = {column.name: column for column in SHOWN}
_NAMED: dict[str, Callable[[Language, Result], str]] = {
    **NAMES,
    "normaliser": _normaliser,
    "several_seeds": lambda la, r: la.count(len(r.seeds)),
    "seed": lambda _, r: ", ".join(map(str, r.seeds)),
}


def results_table(facts: Facts, language: Language) -> Table:
    """Return the table of all models: a row for each, and below it what was published of it."""
    keys = _columns(facts.results, several=True)
    best = {mark for group in facts.groups for mark in best_of(group)}

    def rows_of(result: Result) -> Iterator[Row]:
        texts = [_written(key, result, facts.results[0], language) for key in keys]
        marks = [(result, key) in best for key in keys]
        yield Row(list(map(TableCell, texts, marks)), _kind(result))
        found = facts.published.row(result)
        if found is not None:
            cells = [TableCell(_published(key, found, result, language)) for key in keys]
            yield Row(cells, "published")

    return _framed(keys, facts.results, rows_of, language)


def seeds_table(seeds: list[Result], language: Language) -> Table:
    """Return the table of single seeds, without marks; ``seeds`` have one seed each."""
    keys = _columns(seeds, several=False)

    def rows_of(result: Result) -> Iterator[Row]:
        cells = [TableCell(_written(key, result, seeds[0], language)) for key in keys]
        yield Row(cells, _kind(result))

    return _framed(keys, seeds, rows_of, language)


def _framed(
    keys: list[str],
    results: list[Result],
    rows_of: Callable[[Result], Iterator[Row]],
    language: Language,
) -> Table:
    """Return the table of ``results``, each part of the scenario under a heading."""
    words = [_FIGURES[key].word if key in _FIGURES else key for key in keys]
    cells, rows = results[1:], list[Row]()
    for title, part in by_part(results):
        if title:
            heading = titled(language, title, in_common(part, cells))
            rows.append(Row([TableCell(heading)], "part"))
        for result in part:
            rows += rows_of(result)
    return Table(
        heads=[language.words[word] for word in words],
        rows=rows,
        numeric=[key not in KEY for key in keys],
        style="results",
    )


def _columns(results: list[Result], several: bool) -> list[str]:
    """Return the columns that say something about these results, figures by their names."""
    cells = results[1:]
    budgets = {r.budget for r in cells} - {NOT_APPLICABLE}
    repeated = several and any(len(r.seeds) > 1 for r in cells)
    several_of = columns_of(cells)
    in_parts = any(r.part != NOT_APPLICABLE for r in cells)
    shown = {axis: axis in several_of or (axis == "scope" and not in_parts) for axis in AXES}
    shown |= {
        "several_seeds": repeated,
        "seed": not repeated and len({r.seeds for r in cells}) > 1,
    }
    names = [key for key in _NAMED if shown.get(key, True)]
    figures = [
        name
        for name, column in _FIGURES.items()
        if column.always or any(not isnan(r.figures[name]) for r in results)
    ]
    if "onnx_accuracy_pct" in figures and not _differs_in_onnx(results):
        figures.remove("onnx_accuracy_pct")
    if "validation_repaired_pct" in figures and all(r.repair != "refit" for r in results):
        figures.remove("validation_repaired_pct")  # as cut, or as with norms measured anew
    if any(Budget.from_id(budget).kind == "macs" for budget in budgets):
        figures.insert(figures.index("macs_g"), "macs_target")
    return names + figures


def _differs_in_onnx(results: list[Result]) -> bool:
    """Whether the accuracy through ONNX Runtime is another one than torch's, as it is printed."""
    return any(abs(r.figures["onnx_accuracy_pct"] - r.accuracy) >= 0.005 for r in results)  # noqa: PLR2004


def _written(key: str, result: Result, dense: Result, language: Language) -> str:
    if key in _NAMED:
        return _NAMED[key](language, result)
    if key == "macs_target":
        return _target(result, dense, language)
    column = _FIGURES[key]
    value = result.figures[key]
    if isnan(value) or (result.method == DENSE and not column.of_dense):
        return DASH
    if column.until:
        return span(language, value, result.figures[column.until], column.digits)
    text = macs(language, value) if column.form == "macs" else _number(column, value, language)
    return text + _remark(key, result, language)


def _remark(key: str, result: Result, language: Language) -> str:
    """Return what stands behind a figure: how far its seeds are apart, or that it is noisy."""
    if key == "accuracy_pct" and not isnan(result.spread):
        return f" ± {language.number(result.spread)}"
    return "*" if key == "latency_ratio" and result.noisy else ""


def _number(column: Column, value: float, language: Language) -> str:
    match column.form:
        case "change":
            return language.change(value)
        case "points":
            return language.signed(value, column.digits)
    return language.number(value, column.digits)


def _target(result: Result, dense: Result, language: Language) -> str:
    if result.budget == NOT_APPLICABLE or Budget.from_id(result.budget).kind != "macs":
        return DASH
    return macs(language, Budget.from_id(result.budget).value * dense.macs)


def _published(key: str, row: Any, result: Result, language: Language) -> str:
    if key == "method":
        return language.words["published_row"]
    column = _FIGURES.get(key)
    value = getattr(row, column.published or column.name, None) if column else None
    if column is None or value is None:
        return ""
    if isnan(value) or (result.method == DENSE and not column.of_dense):
        return DASH
    text = _number(column, value, language)
    if key not in _COMPARED or isnan(result.figures[key]):
        return text
    return f"{text} ({language.signed(result.figures[key] - value)})"


def _kind(result: Result) -> str:
    if result.method == DENSE:
        return "dense"
    return "control" if result.method in (DENSE_FINETUNED, RANDOM) else "method"
