"""The architectures: the dense models, and what each method keeps of them."""

from collections.abc import Callable
from math import isnan

from budama.analysis.results import Result
from budama.analysis.tasks import TaskResults
from budama.config.schema import NOT_APPLICABLE
from budama.report.across.context import AcrossContext
from budama.report.document import Block, Heading, Paragraph, Row, Section, Table, TableCell
from budama.report.languages import Language
from budama.report.sentences import isolated, macs, method
from budama.report.table import DASH

TERMS = ("scope", "budget", "recipe")
_DENSE: dict[str, Callable[[Language, TaskResults, Result], str]] = {
    "task": lambda _, t, __: isolated(t.name),
    "model": lambda _, t, __: isolated(t.model),
    "dataset": lambda _, t, __: isolated(t.dataset),
    "test_images": lambda la, _, r: la.count(r.images),
    "accuracy": lambda la, _, r: _number(la, r.accuracy),
    "interval": lambda la, _, r: f"{_number(la, r.low, 1)} – {_number(la, r.high, 1)}",
    "size": lambda la, _, r: _number(la, r.size),
    "macs": lambda la, _, r: DASH if isnan(r.macs) else macs(la, r.macs),
    "latency": lambda la, _, r: _number(la, r.latency, 3),
    "provider": lambda _, t, __: t.provider or DASH,
}
_TEXT = ("task", "model", "dataset", "provider")


def architectures(context: AcrossContext, language: Language) -> Section:
    """Return the tables of the dense models, and of what each method keeps of them."""
    words, tasks = language.across, context.tasks
    blocks: list[Block] = [Paragraph(words["about_dense"]), _dense_table(tasks, language)]
    kept = kept_table(tasks, language)
    if kept:
        blocks += [Heading(words["kept"]), Paragraph(words["about_kept"]), kept]
    return Section(words["architectures"], blocks)


def _dense_table(tasks: list[TaskResults], language: Language) -> Table:
    """Return the table of the dense models: a row for each task."""
    rows = [
        Row([TableCell(write(language, t, t.results[0])) for write in _DENSE.values()], "method")
        for t in tasks
    ]
    heads = [language.words[name] for name in _DENSE]
    return Table(heads, rows, [name not in _TEXT for name in _DENSE], "results")


def kept_table(tasks: list[TaskResults], language: Language) -> Table | None:
    """Return the table of the shares kept: a row for each task and terms, a column per method.

    ``None`` if nothing was cut.
    """
    cut = [r for task in tasks for r in task.results if r.scope != NOT_APPLICABLE]
    if not cut:
        return None
    methods = list(dict.fromkeys(r.method for r in cut))
    heads = [language.words[name] for name in ("task", *TERMS)]
    return Table(
        heads=[*heads, *(method(language, name) for name in methods)],
        rows=[row for task in tasks for row in _kept_rows(task, methods, language)],
        numeric=[False] * len(heads) + [True] * len(methods),
        style="results",
    )


def _kept_rows(task: TaskResults, methods: list[str], language: Language) -> list[Row]:
    dense, *others = task.results
    found = {(_terms(r), r.method): r for r in others if r.scope != NOT_APPLICABLE}

    def kept(result: Result | None) -> str:
        if result is None or not result.known:
            return DASH
        accuracy = _share(language, result.kept_of(dense))
        return f"{accuracy} ({_share(language, 100 + result.macs_change)})"

    return [
        Row(
            [
                TableCell(isolated(task.name)),
                TableCell(language.words.get(scope, scope)),
                TableCell(language.budget(budget)),
                TableCell(isolated(recipe)),
                *(TableCell(kept(found.get(((scope, budget, recipe), name)))) for name in methods),
            ],
            "method",
        )
        for scope, budget, recipe in dict.fromkeys(terms for terms, _ in found)
    ]


def _terms(result: Result) -> tuple[str, ...]:
    return tuple(getattr(result, name) for name in TERMS)


def _number(language: Language, value: float, digits: int = 2) -> str:
    return DASH if isnan(value) else language.number(value, digits)


def _share(language: Language, value: float) -> str:
    return DASH if isnan(value) else language.percent.format(language.number(value, 1))
