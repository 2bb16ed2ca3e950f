"""What is compared with what: pairs of results, by the families that share a correction."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd

from budama.analysis.columns import AXES
from budama.analysis.comparisons import groups_of, has_terms
from budama.analysis.published import UNNAMED, Published
from budama.analysis.results import Result, is_method
from budama.config.schema import DENSE, DENSE_FINETUNED, NOT_APPLICABLE

Pair = tuple[Result, Result]


class Pairs(NamedTuple):
    """The pairs of one family: see ``Family`` for its ``kind`` and ``terms``."""

    kind: str
    terms: dict[str, str]
    pairs: list[Pair]


def pairs_of(results: list[Result], published: Published) -> Iterator[Pairs]:
    """Yield the pairs of every family; ``results`` start with the dense model."""
    dense, *others = results
    for group in groups_of(results):
        yield Pairs("methods", group.terms, list(group.pairs))
    yield Pairs("training", {}, [(r, dense) for r in others if r.method == DENSE_FINETUNED])
    for axis in AXES:
        yield from _along(axis, others)
    yield from _combinations(results)
    yield Pairs("published", {}, list(_with_published(results, published)))
    yield from _with_neighbours(results, published)


def _along(axis: str, results: list[Result]) -> Iterator[Pairs]:
    """Yield for each setting of the other axes every method at two places of ``axis``.

    The layer scope, which has no normaliser, is compared with the global one by each.
    """
    fixed = [other for other in AXES if other != axis]
    methods = [r for r in results if is_method(r)]
    for values in dict.fromkeys(tuple(getattr(r, name) for name in fixed) for r in methods):
        terms = dict(zip(fixed, values, strict=True))
        chosen = combinations((r for r in methods if has_terms(r, terms)), 2)
        yield Pairs(axis, terms, [pair for pair in chosen if pair[0].method == pair[1].method])


def _combinations(results: list[Result]) -> Iterator[Pairs]:
    """Yield for each setting of the other axes every method and scope beside every other.

    All are tested, because the best is chosen by the figures that are then compared. The layer
    scope stands beside every normaliser.
    """
    fixed = [axis for axis in AXES if axis != "scope"]
    methods = [result for result in results if is_method(result) and result.known]
    for values in dict.fromkeys(tuple(getattr(r, name) for name in fixed) for r in methods):
        terms = dict(zip(fixed, values, strict=True))
        chosen = [r for r in methods if has_terms(r, terms)]
        if len({result.scope for result in chosen}) > 1:
            yield Pairs("combination", terms, list(combinations(chosen, 2)))


def _with_published(results: list[Result], published: Published) -> Iterator[Pair]:
    """Yield each result with its own published figure."""
    for result in results:
        row = published.row(result)
        if row is not None:
            yield result, _published_result(row, result)


def _with_neighbours(results: list[Result], published: Published) -> Iterator[Pairs]:
    """Yield the results with what other scenarios of the same task published of their methods."""
    for scenario in dict.fromkeys(row.scenario for row in published.others):
        pairs = [
            (result, _published_result(row, result))
            for row in published.others
            for result in results
            if row.scenario == scenario
            and row.method == result.method
            and row.method not in (DENSE, UNNAMED)
        ]
        yield Pairs("neighbour", {"scenario": scenario}, pairs)


def _published_result(row: Any, own: Result) -> Result:
    """Return a published row as a result without predictions, on the images of ``own``."""
    scope, budget = own.scope, own.budget
    if own.method != DENSE:
        scope = row.scope
        budget = NOT_APPLICABLE if pd.isna(row.ratio) else f"channels-{row.ratio:g}"
    figures = {name: float(getattr(row, name)) for name in ("accuracy_pct", "size_change_pct")}
    return own.as_published(str(row.scenario), scope, budget, figures)
