"""What other settings change, and how far published figures are."""

from collections.abc import Iterator
from math import isnan
from typing import Any

import pandas as pd

from budama.analysis.columns import AXES
from budama.analysis.comparisons import Comparison, Family
from budama.analysis.marks import EXACT
from budama.analysis.published import UNNAMED, Published
from budama.analysis.results import Result, is_method
from budama.config.schema import DENSE, NOT_APPLICABLE
from budama.report.observations.optimisation import unexplained
from budama.report.sentences import Observation


def along(family: Family) -> Iterator[Observation]:
    """Say for each method what another place on one of ``AXES`` changes, and at what cost."""
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


def best_combination(family: Family) -> Iterator[Observation]:
    """Say which method and scope together are best, and what cannot be told from them."""
    best = family.comparisons[0].first
    tied = [found.second for found in family.comparisons if not found.real]
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


def against_published(family: Family) -> Iterator[Observation]:
    """Say how far each figure is from the published one, and whether that is more than chance."""
    for found in family.comparisons:
        key = "published_differs" if found.real else "published_agrees"
        values = {"own": found.first.accuracy, "published": found.second.accuracy}
        yield Observation(key, values | {"points": found.points}, found.first.method)


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


def published_neighbours(
    families: list[Family], results: list[Result], published: Published
) -> Iterator[Observation]:
    """Compare with other published scenarios of the same model and data, settings and results."""
    compared = {family.terms["scenario"]: family for family in families}
    for scenario in dict.fromkeys(row.scenario for row in published.others):
        rows = [row for row in published.others if row.scenario == scenario]
        yield from _settings(rows[0], results, published)
        yield from _without_method(rows)
        if scenario in compared:
            told = _told(compared[scenario])
            for found in compared[scenario].comparisons:
                yield from _against(found, scenario.upper(), told)


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


def _told(family: Family) -> list[str]:
    """Return what a sentence must tell of its two sides: the scope, and what is not all the same.

    What was not published differs from nothing.
    """
    sides = [each for found in family.comparisons for each in (found.first, found.second)]
    return [
        axis
        for axis in AXES
        if axis == "scope" or len({getattr(side, axis) for side in sides} - {NOT_APPLICABLE}) > 1
    ]


def _against(found: Comparison, scenario: str, told: list[str]) -> Iterator[Observation]:
    key = "neighbour_differs" if found.real else "neighbour_tie"
    result, other = found.first, found.second
    own_terms = {axis: getattr(result, axis) for axis in told}
    terms = {axis: getattr(other, axis) for axis in told}
    named = {"scenario": scenario, "terms": terms, "own_terms": own_terms}
    values = {"own": result.accuracy, "published": other.accuracy}
    yield Observation(key, named | values | {"points": found.points}, result.method)
    if not isnan(other.size_change):
        values = {"own_size": result.size_change, "size": other.size_change}
        yield Observation("neighbour_size", named | values, result.method)


def _named(row: Any) -> dict[str, Any]:
    return {"scenario": row.scenario.upper(), "scope": row.scope}
