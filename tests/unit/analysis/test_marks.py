from typing import Any

import pytest

from budama.analysis.comparisons import groups_of
from budama.analysis.families import families_of
from budama.analysis.marks import best_of
from budama.analysis.published import Published
from tests.unit.analysis.results import made

NOTHING = Published(None, {"scenario": "s", "model": "m", "dataset": "d"}, {})


def best(*cells: Any) -> set[tuple[str, str]]:
    results = [made("dense", 90), *cells]
    groups = groups_of(results, families_of(results, NOTHING))
    return {(r.method, column) for group in groups for r, column in best_of(group)}


def test_the_best_is_marked_only_where_it_can_be_told() -> None:
    assert best(made("a", 88), made("b", 80)) == {("a", "accuracy_pct")}
    assert best(made("a", 88), made("b", 87.9)) == set()
    assert best(made("a", 88), made("b", 80), made("random", 88.1)) == set()
    assert best(made("a", 88)) == set()


def test_exact_figures_are_best_where_they_are_smallest() -> None:
    cells = made("a", 88, size=70, macs=3.0), made("b", 88, size=80, macs=3.0)
    assert best(*cells) == {("a", "size_mib")}


@pytest.mark.parametrize(
    ("high", "noisy", "marked"), [(0.89, False, True), (0.91, False, False), (0.89, True, False)]
)
def test_a_latency_is_best_where_intervals_do_not_overlap(
    high: float, noisy: bool, marked: bool
) -> None:
    fast = {"ratio": 0.8, "ratio_low": 0.7, "ratio_high": high, "noisy": noisy}
    slow = {"ratio": 1.0, "ratio_low": 0.9, "ratio_high": 1.1}
    found = best(made("a", 88, **fast), made("b", 88, **slow))
    assert (("a", "latency_ratio") in found) is marked


def test_the_best_is_that_of_equal_terms() -> None:
    found = best(
        made("a", 88), made("b", 80), made("a", 70, scope="global"), made("b", 60, scope="global")
    )
    assert found == {("a", "accuracy_pct")}
