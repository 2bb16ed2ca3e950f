"""Comparisons beyond the table's own: among all combinations, and with published figures."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pandas as pd

from budama.analysis.comparisons import Family, compare, turned
from budama.analysis.published import UNNAMED, Published
from budama.analysis.results import Result, is_method
from budama.config.schema import DENSE, NOT_APPLICABLE


def further_families(results: list[Result], published: Published) -> list[Family]:
    """Return the families that observations rest on beside those of ``families_of``.

    Those of published figures may be empty: there is something to say of them all the same.
    """
    return [
        *combinations_of(results),
        against_published(results, published),
        *against_neighbours(results, published),
    ]


def combinations_of(results: list[Result]) -> Iterator[Family]:
    """Yield for each budget and recipe the best method and scope beside every other.

    Every pair is tested, because the best is chosen by the figures that are then compared.
    """
    methods = [result for result in results if is_method(result) and result.known]
    for budget, recipe in dict.fromkeys((r.budget, r.recipe) for r in methods):
        known = [r for r in methods if (r.budget, r.recipe) == (budget, recipe)]
        if len({result.scope for result in known}) > 1:
            best = max(known, key=lambda result: result.accuracy)
            tested = [c for c in compare(combinations(known, 2)) if best in (c.first, c.second)]
            found = tuple(c if c.first is best else turned(c) for c in tested)
            yield Family("combination", {"budget": budget, "recipe": recipe}, found)


def against_published(results: list[Result], published: Published) -> Family:
    """Return each result beside its own published figure."""
    pairs = [(result, published.row(result)) for result in results]
    found = compare((r, _as_result(row, r)) for r, row in pairs if row is not None)
    return Family("published", {}, found)


def against_neighbours(results: list[Result], published: Published) -> Iterator[Family]:
    """Yield the results beside what other scenarios of the same task published of their methods."""
    for scenario in dict.fromkeys(row.scenario for row in published.others):
        pairs = [
            (result, _as_result(row, result))
            for row in published.others
            for result in results
            if row.scenario == scenario
            and row.method == result.method
            and row.method not in (DENSE, UNNAMED)
        ]
        yield Family("neighbour", {"scenario": scenario.upper()}, compare(pairs))


def _as_result(row: Any, own: Result) -> Result:
    """Return a published row as a result without predictions, on the images of ``own``."""
    accuracy, size = float(row.accuracy_pct), float(row.size_change_pct)
    figures: dict[str, Any] = {"accuracy": accuracy, "size_change": size, "right": {}}
    if own.method == DENSE:
        return replace(own, **figures)
    budget = NOT_APPLICABLE if pd.isna(row.ratio) else f"channels-{row.ratio:g}"
    return replace(own, scope=row.scope, budget=budget, **figures)
