"""The comparison table: a row per method, what was published below it, the best marked."""

from collections.abc import Callable
from math import isnan
from typing import Any, NamedTuple

from budama.analysis.marks import best_of
from budama.analysis.results import RANDOM, Result
from budama.config.budget import Budget
from budama.config.schema import DENSE, DENSE_FINETUNED, NOT_APPLICABLE
from budama.report.facts import Facts
from budama.report.languages import Language
from budama.report.sentences import isolated, macs, method

DASH = "–"
ALWAYS = ("accuracy", "latency", "latency_ratio")
TEXT_COLUMNS = ("method", "scope", "budget", "recipe")


class Cell(NamedTuple):
    """What stands in one cell, and whether it is the best of its column."""

    text: str
    best: bool = False


class Row(NamedTuple):
    """One row; ``kind`` is ``dense``, ``control``, ``method`` or ``published``."""

    kind: str
    cells: list[Cell]


Write = Callable[[Language, Result], str]


def _number(name: str, digits: int = 2) -> Write:
    return lambda la, r: la.number(getattr(r, name), digits)


def _change(name: str) -> Write:
    return lambda la, r: DASH if r.method == DENSE else la.change(getattr(r, name))


def _accuracy(language: Language, result: Result) -> str:
    text = language.number(result.accuracy)
    return text if isnan(result.spread) else f"{text} ± {language.number(result.spread)}"


def span(language: Language, low: float, high: float, digits: int) -> str:
    """Write an interval."""
    return f"{language.number(low, digits)} – {language.number(high, digits)}"


def _ratio(language: Language, result: Result) -> str:
    return language.number(result.ratio, 3) + ("*" if result.noisy else "")


def _after_cut(language: Language, result: Result) -> str:
    return DASH if result.method == DENSE else language.number(result.after_cut, 1)


# Each column: the figure without which its cell is empty, and how the cell is written
_FIGURES: dict[str, tuple[str, Write]] = {
    "accuracy": ("accuracy", _accuracy),
    "interval": ("low", lambda la, r: span(la, r.low, r.high, 1)),
    "top5": ("top5", _number("top5")),
    "loss": ("drop", lambda la, r: DASH if r.method == DENSE else la.signed(r.drop)),
    "after_cut": ("after_cut", _after_cut),
    "onnx_accuracy": ("onnx_accuracy", _number("onnx_accuracy")),
    "size": ("size", _number("size")),
    "size_change": ("size_change", _change("size_change")),
    "latency": ("latency", _number("latency", 3)),
    "latency_ratio": ("ratio", _ratio),
    "latency_interval": ("ratio_low", lambda la, r: span(la, r.ratio_low, r.ratio_high, 3)),
    "peak": ("peak", _number("peak", 1)),
    "macs": ("macs", lambda la, r: macs(la, r.macs)),
    "macs_change": ("macs_change", _change("macs_change")),
}
_NAMES: dict[str, Write] = {
    "method": lambda la, r: method(la, r.method),
    "scope": lambda la, r: la.words.get(r.scope, la.words["none"]),
    "budget": lambda la, r: DASH if r.budget == NOT_APPLICABLE else la.budget(r.budget),
    "recipe": lambda _, r: DASH if r.method == DENSE else isolated(r.recipe),
    "several_seeds": lambda la, r: la.count(len(r.seeds)),
    "seed": lambda _, r: ", ".join(map(str, r.seeds)),
}
# What a published row says of each column
_PUBLISHED = {
    "accuracy": "accuracy_pct",
    "loss": "accuracy_drop_pp",
    "size": "size_mib",
    "size_change": "size_change_pct",
    "latency": "inference_ms",
    "macs": "macs_g",
    "macs_change": "macs_change_pct",
}
_COMPARED = ("accuracy", "size", "macs")


def comparison_table(facts: Facts, language: Language) -> dict[str, Any]:
    """Return the heads, which columns are numbers, and the rows."""
    columns = _columns(facts.results, several=True)
    best = {mark for group in facts.groups for mark in best_of(group)}
    rows = []
    for result in facts.results:
        texts = [_written(key, result, facts.results[0], language) for key in columns]
        marks = [(result, key) in best for key in columns]
        rows.append(Row(_kind(result), list(map(Cell, texts, marks))))
        found = facts.published.row(result)
        if found is not None:
            cells = [Cell(_published(key, found, result, language)) for key in columns]
            rows.append(Row("published", cells))
    return _framed(columns, rows, language)


def seeds_table(seeds: list[Result], language: Language) -> dict[str, Any]:
    """Return the table of single seeds, without marks; ``seeds`` have one seed each."""
    columns = _columns(seeds, several=False)
    rows = [
        Row(_kind(r), [Cell(_written(key, r, seeds[0], language)) for key in columns])
        for r in seeds
    ]
    return _framed(columns, rows, language)


def _framed(columns: list[str], rows: list[Row], language: Language) -> dict[str, Any]:
    return {
        "heads": [language.words[key] for key in columns],
        "numeric": [key not in TEXT_COLUMNS for key in columns],
        "rows": rows,
    }


def _columns(results: list[Result], several: bool) -> list[str]:
    """Return the columns that say something about these results."""
    cells = results[1:]
    budgets = {r.budget for r in cells} - {NOT_APPLICABLE}
    repeated = several and any(len(r.seeds) > 1 for r in cells)
    shown = {
        "budget": len(budgets) > 1,
        "recipe": len({r.recipe for r in cells}) > 1,
        "several_seeds": repeated,
        "seed": not repeated and len({r.seeds for r in cells}) > 1,
    }
    names = [key for key in _NAMES if shown.get(key, True)]
    figures = [
        key
        for key, (needed, _) in _FIGURES.items()
        if any(not isnan(getattr(r, needed)) for r in results) or key in ALWAYS
    ]
    if "onnx_accuracy" in figures and not _differs_in_onnx(results):
        figures.remove("onnx_accuracy")
    if any(Budget.from_id(budget).kind == "macs" for budget in budgets):
        figures.insert(figures.index("macs"), "macs_target")
    return names + figures


def _differs_in_onnx(results: list[Result]) -> bool:
    """Whether the accuracy through ONNX Runtime is another one than torch's, as it is printed."""
    return any(abs(r.onnx_accuracy - r.accuracy) >= 0.005 for r in results)  # noqa: PLR2004


def _written(key: str, result: Result, dense: Result, language: Language) -> str:
    if key in _NAMES:
        return _NAMES[key](language, result)
    if key == "macs_target":
        return _target(result, dense, language)
    needed, write = _FIGURES[key]
    return DASH if isnan(getattr(result, needed)) else write(language, result)


def _target(result: Result, dense: Result, language: Language) -> str:
    if result.budget == NOT_APPLICABLE or Budget.from_id(result.budget).kind != "macs":
        return DASH
    return macs(language, Budget.from_id(result.budget).value * dense.macs)


def _published(key: str, row: Any, result: Result, language: Language) -> str:
    if key == "method":
        return language.words["published_row"]
    value = getattr(row, _PUBLISHED[key]) if key in _PUBLISHED else float("nan")
    if isnan(value) or (result.method == DENSE and key in ("loss", "size_change", "macs_change")):
        return "" if key not in _PUBLISHED else DASH
    if key.endswith("_change"):
        return language.change(value)
    if key == "loss":
        return language.signed(value)
    text = language.number(value, 3 if key == "latency" else 2)
    if key not in _COMPARED or isnan(getattr(result, key)):
        return text
    return f"{text} ({language.signed(getattr(result, key) - value)})"


def _kind(result: Result) -> str:
    if result.method == DENSE:
        return "dense"
    return "control" if result.method in (DENSE_FINETUNED, RANDOM) else "method"
