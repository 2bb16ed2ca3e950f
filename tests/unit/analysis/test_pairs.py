from itertools import product

import pytest

from budama.analysis.comparisons import groups_of
from budama.analysis.pairs import pairs_of
from budama.analysis.published import Published
from budama.analysis.results import Result
from tests.unit.analysis.results import GLOBAL, made

SHARED = {"scenario": "s", "model": "m", "dataset": "d"}
REPAIRS = ("none", "refit")


def scenario() -> list[Result]:
    """Return two methods layer-wise and globally by two normalisers, each with two repairs."""
    places = [("layer", "-"), ("global", "mean"), ("global", "raw")]
    cut = [
        made(method, 80, scope=scope, normaliser=normaliser, repair=repair)
        for repair, (scope, normaliser), method in product(REPAIRS, places, ("a", "b"))
    ]
    randoms = [made("random", 70, repair=repair) for repair in REPAIRS]
    return [made("dense", 90), *randoms, *cut]


def told(kind: str) -> list[tuple[dict[str, str], list[str]]]:
    """Return the terms of each family of a kind, and its pairs: what differs in their keys."""
    return [
        (found.terms, ["/".join(f"{x}:{y}" for x, y in _differing(*pair)) for pair in found.pairs])
        for found in pairs_of(scenario(), Published(None, SHARED, {}))
        if found.kind == kind and found.pairs
    ]


def _differing(first: Result, second: Result) -> list[tuple[str, str]]:
    return [(x, y) for x, y in zip(first.key, second.key, strict=True) if x != y]


def test_a_repair_is_compared_with_another_of_the_same_method_and_cut() -> None:
    families = told("repair")
    assert [terms["scope"] + terms["normaliser"] for terms, _ in families] == [
        *("layer-", "globalmean", "globalraw")
    ]
    assert all(pairs == ["none:refit"] * 2 for _, pairs in families)


def test_a_normaliser_is_compared_with_another_in_the_global_scope_alone() -> None:
    families = told("normaliser")
    assert [(terms["scope"], terms["repair"]) for terms, _ in families] == [
        *(("global", "none"), ("global", "refit"))
    ]
    assert all(pairs == ["mean:raw"] * 2 for _, pairs in families)


def test_the_layer_scope_is_compared_with_the_global_one_by_each_normaliser() -> None:
    families = told("scope")
    assert [(terms["normaliser"], terms["repair"]) for terms, _ in families] == [
        *(("mean", "none"), ("raw", "none"), ("mean", "refit"), ("raw", "refit"))
    ]
    for terms, pairs in families:
        assert pairs == [f"layer:global/-:{terms['normaliser']}"] * 2


def test_combinations_are_of_methods_and_scopes_the_rest_being_equal() -> None:
    families = told("combination")
    assert [tuple(terms) for terms, _ in families] == [
        ("budget", "normaliser", "repair", "recipe")
    ] * 4
    assert [len(pairs) for _, pairs in families] == [6] * 4


@pytest.mark.parametrize("repair", REPAIRS)
def test_methods_stand_beside_random_channels_with_the_same_repair(repair: str) -> None:
    groups = [group for group in groups_of(scenario()) if group.terms["repair"] == repair]
    assert [(g.terms["scope"], g.terms["normaliser"]) for g in groups] == [
        *(("layer", "-"), ("global", "mean"), ("global", "raw"))
    ]
    for group in groups:
        assert len(group.methods) == 2
        assert group.random is not None and group.random.repair == repair
    assert [group.random_elsewhere for group in groups] == [False, True, True]


def test_random_channels_of_another_normaliser_are_on_no_equal_terms() -> None:
    results = [made("dense", 90), made("random", 70, **GLOBAL | {"normaliser": "raw"})]
    (group,) = groups_of([*results, made("a", 80, **GLOBAL)])
    assert group.random is None
    (group,) = groups_of([*results, made("a", 80)])
    assert group.random is results[1]
    assert group.random_elsewhere


def test_between_parts_that_differ_in_more_than_one_thing_nothing_is_tested() -> None:
    fast = GLOBAL | {"budget": "latency-0.5", "repair": "refit"}
    cells = [made(name, 80, **cut) for cut in ({}, fast) for name in ("random", "a", "b")]
    results = [made("dense", 90), made("dense-finetuned", 90), *cells]
    found = [each for each in pairs_of(results, Published(None, SHARED, {})) if each.pairs]
    assert [each.kind for each in found] == ["methods", "methods", "training"]
    # two methods with each other, and each with random channels and both dense models
    assert [len(each.pairs) for each in found] == [7, 7, 1]
    for group in groups_of(results):
        assert group.random is not None and not group.random_elsewhere
