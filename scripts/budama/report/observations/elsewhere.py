"""Comparison with other scopes, budgets and recipes, and with what was published."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pandas as pd

from budama.config.schema import DENSE
from budama.report.comparisons import Comparison, Family, compare
from budama.report.marks import EXACT
from budama.report.observations.optimisation import unexplained
from budama.report.published import UNNAMED, Published
from budama.report.results import Result, is_method
from budama.report.sentences import Observation
from budama.report.statistics import ALPHA, holm, proportions


def along(family: Family) -> Iterator[Observation]:
    """Say for each method what another scope, budget or recipe changes, and at what cost."""
    for found in family.comparisons:
        better, other = found.first, found.second
        if found.points < 0:
            better, other = other, better
        key = f"{family.kind}_better" if found.real else f"{family.kind}_tie"
        yield Observation(
            key,
            {
                "better": getattr(better, family.kind),
                "other": getattr(other, family.kind),
                "points": abs(found.points),
                "higher": better.accuracy,
                "lower": other.accuracy,
                "macs": better.macs_change,
                "other_macs": other.macs_change,
            },
            better.method,
        )


def best_combination(results: list[Result]) -> Iterator[Observation]:
    """Say which method and scope together are best, and what cannot be told from them.

    ``results`` are the methods of one budget and recipe. Every pair is tested, because the best is
    chosen by the figures that are then compared.
    """
    known = [result for result in results if is_method(result) and result.known]
    if len({result.scope for result in known}) < 2:  # noqa: PLR2004
        return
    best = max(known, key=lambda result: result.accuracy)
    found = [c for c in compare(combinations(known, 2)) if best in (c.first, c.second)]
    tied = [_other(c, best) for c in found if not c.real]
    values = {"method": best.method, "scope": best.scope, "accuracy": best.accuracy}
    if not tied:
        yield Observation("best_combination", values)
        return
    yield Observation("best_combination_tied", values | {"count": len(tied)})
    fewest = min([best, *tied], key=lambda result: result.macs)
    cheapest = [r for r in (best, *tied) if r.macs * (1 - EXACT) <= fewest.macs]
    if best not in cheapest:
        each = [(result.method, result.scope) for result in cheapest]
        yield Observation("cheapest_of_best", {"macs": fewest.macs_change, "each": each})


def _other(found: Comparison, one: Result) -> Result:
    return found.second if found.first is one else found.first


def against_published(results: list[Result], published: Published) -> Iterator[Observation]:
    """Say how far each figure is from the published one, and whether that is more than chance."""
    pairs = [(result, published.row(result)) for result in results if result.known]
    for result, row, points, real in _tested([pair for pair in pairs if pair[1] is not None]):
        key = "published_differs" if real else "published_agrees"
        values = {"own": result.accuracy, "published": row.accuracy_pct, "points": points}
        yield Observation(key, values, result.method)


def _tested(pairs: list[tuple[Result, Any]]) -> Iterator[tuple[Result, Any, float, bool]]:
    """Yield results and published rows with their difference in points and whether it is real."""
    found = [proportions(r.accuracy, row.accuracy_pct, r.images) for r, row in pairs]
    corrected = holm([difference.p for difference in found])
    for (result, row), difference, p in zip(pairs, found, corrected, strict=True):
        yield result, row, difference.points, p < ALPHA


def published_times(published: Published) -> Iterator[Observation]:
    """Say that published times cannot be right where structure does not explain them."""
    timed = [
        (row.macs_g, row.inference_ms)
        for row in published.own
        if row.method != DENSE and pd.notna(row.macs_g) and pd.notna(row.inference_ms)
    ]
    factors = unexplained(timed)
    if factors:
        yield Observation("published_impossible", factors)


def published_neighbours(results: list[Result], published: Published) -> Iterator[Observation]:
    """Compare with other published scenarios of the same model and data, settings and results."""
    for scenario in dict.fromkeys(row.scenario for row in published.others):
        rows = [row for row in published.others if row.scenario == scenario]
        yield from _settings(rows[0], results, published)
        yield from _without_method(rows)
        named = [row for row in rows if row.method not in (DENSE, UNNAMED)]
        pairs = [(r, row) for row in named for r in results if r.method == row.method and r.known]
        for tested in _tested(pairs):
            yield from _against(*tested)


def _settings(row: Any, results: list[Result], published: Published) -> Iterator[Observation]:
    """Say what differs where the methods here have one budget and recipe, and all is stated."""
    own = {published.settings(result) for result in results if is_method(result)}
    if len(own) != 1 or pd.isna([row.ratio, row.finetune_epochs]).any():
        return
    ((ratio, epochs),) = own
    if ratio is None or epochs is None:
        return
    if (ratio, epochs) != (row.ratio, row.finetune_epochs):
        ratios = {"ratio": 100 * ratio, "other_ratio": 100 * row.ratio}
        trained = {"epochs": epochs, "other_epochs": int(row.finetune_epochs)}
        yield Observation("neighbour_settings", _named(row) | ratios | trained)


def _without_method(rows: list[Any]) -> Iterator[Observation]:
    for row in rows:
        if pd.isna(row.method):
            yield Observation("neighbour_unpublished", _named(row))
        elif row.method == UNNAMED:
            values = {"accuracy": row.accuracy_pct, "drop": row.accuracy_drop_pp}
            yield Observation("neighbour_unnamed", _named(row) | values)


def _against(result: Result, row: Any, points: float, real: bool) -> Iterator[Observation]:
    key = "neighbour_differs" if real else "neighbour_tie"
    values = {"own_scope": result.scope, "own": result.accuracy, "published": row.accuracy_pct}
    yield Observation(key, _named(row) | values | {"points": points}, result.method)
    if pd.notna(row.size_change_pct):
        values = {"own_size": result.size_change, "size": row.size_change_pct}
        yield Observation("neighbour_size", _named(row) | values, result.method)


def _named(row: Any) -> dict[str, Any]:
    return {"scenario": row.scenario.upper(), "scope": row.scope}
