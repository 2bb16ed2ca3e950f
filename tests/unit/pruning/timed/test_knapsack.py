"""What is kept for the time that is there, against all there is to choose from."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch

from budama.config.budget import Budget, Scope
from budama.pruning.order import Cut
from budama.pruning.selection import Selection, select
from budama.pruning.target import OutOfReachError
from budama.pruning.timed.clock import Clock
from budama.pruning.timed.knapsack import order_by_time
from budama.system.errors import BudamaError
from tests.unit.pruning.timed.tables import Chain, costs, group, separate, table

SEEDS = range(8)
Place = tuple[float, float]  # the share of the time that is left, and the importance


def everything(chain: Chain) -> list[Place]:
    """What every choice of widths leaves."""
    clock = Clock(chain.table)
    model = clock.model(chain.groups)
    kept = {
        g.name: torch.cat(
            [torch.zeros(1), chain.scores[g.name].sort(descending=True).values.cumsum(0)]
        )
        for g in chain.groups
    }
    least = {g.name: g.units - int(g.units * Fraction(9, 10)) for g in chain.groups}
    choices = [
        [g.units, *(w for w in clock.widths[g.name] if w >= least[g.name])] for g in chain.groups
    ]
    return [
        (
            model.of([float(g.units - w) for g, w in zip(chain.groups, widths, strict=True)]),
            sum(float(kept[g.name][w]) for g, w in zip(chain.groups, widths, strict=True)),
        )
        for widths in product(*choices)
    ]


def best_of(places: list[Place], time: float) -> float:
    return max(importance for left, importance in places if left <= time + 1e-9)


def after(chain: Chain, cuts: list[Cut]) -> Place:
    lost = [0.0] * len(chain.groups)
    gone = 0.0
    for cut in cuts:
        lost[cut.layer] += len(cut.units)
        gone += float(chain.scores[chain.groups[cut.layer].name][list(cut.units)].sum())
    whole = sum(float(scores.sum()) for scores in chain.scores.values())
    return Clock(chain.table).model(chain.groups).of(lost), whole - gone


def chosen(chain: Chain, target: float, scope: Scope = "global") -> Selection:
    budget = Budget(latency=target)
    clock = Clock(chain.table)
    return select(chain.groups, chain.scores, scope, budget, normaliser="raw", clock=clock)


@pytest.mark.parametrize("seed", SEEDS)
def test_where_layers_stand_alone_every_step_is_the_best_for_its_time(seed: int) -> None:
    chain = separate(seed)
    cuts = order_by_time(chain.groups, chain.scores, Clock(chain.table), "raw")
    places = everything(chain)
    assert len(cuts) > 3
    for number in range(len(cuts) + 1):
        left, importance = after(chain, cuts[:number])
        assert importance == pytest.approx(best_of(places, left), rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_where_layers_read_each_other_every_step_is_nearly_the_best(seed: int) -> None:
    chain = Chain(seed)
    cuts = order_by_time(chain.groups, chain.scores, Clock(chain.table), "raw")
    places = everything(chain)
    for number in range(len(cuts) + 1):
        left, importance = after(chain, cuts[:number])
        assert importance >= 0.95 * best_of(places, left)


@pytest.mark.parametrize("target", [0.9, 0.7, 0.5, 0.35])
@pytest.mark.parametrize("seed", SEEDS)
def test_with_more_than_a_few_layers_any_target_is_met(seed: int, target: float) -> None:
    chain = Chain(seed, n=8)
    kept = chosen(chain, target).kept
    lost = [float(g.units - len(kept[g.name])) for g in chain.groups]
    assert Clock(chain.table).model(chain.groups).of(lost) == pytest.approx(target, rel=0.03)


def test_only_widths_that_pay_off_are_left() -> None:
    chain = Chain(0, n=8)
    clock = Clock(chain.table)
    for name, own in clock.widths.items():
        clock.widths[name] = own[::2]
    budget = Budget(latency=0.5)
    kept = select(chain.groups, chain.scores, "global", budget, clock=clock).kept
    for g in chain.groups:
        assert len(kept[g.name]) in (g.units, *clock.widths[g.name])


def test_the_lowest_scores_go_and_of_equal_ones_the_higher_index() -> None:
    chain = Chain(1, n=8)
    plain = chosen(chain, 0.5).kept
    for name, stay in plain.items():
        order = chain.scores[name].argsort(descending=True).tolist()
        assert sorted(order[: len(stay)]) == stay
    chain.scores = {g.name: torch.ones(g.channels) for g in chain.groups}
    found = chosen(chain, 0.5).kept
    assert found == {name: list(range(len(stay))) for name, stay in found.items()}
    assert found == chosen(chain, 0.5).kept


@pytest.mark.parametrize("scope", ["layer", "global"])
def test_no_layer_loses_more_than_nine_tenths_in_the_global_scope(scope: Scope) -> None:
    rows = {width: [width / 20] for width in range(19, 0, -1)}
    known = table({"a": 1.0, "b": 9.0}, {"a": costs(20, ["a"], ["a"], rows)})
    chain = Chain(0)
    chain.table, chain.groups = known, [group("a", 20)]
    chain.scores = {"a": torch.zeros(20)}
    with pytest.raises(OutOfReachError, match=r"the most that may be cut leaves 0\.9") as error:
        chosen(chain, 0.3, scope)
    assert ("0.91 " in str(error.value)) == (scope == "global")


def test_layers_shrink_in_step_in_the_layer_scope() -> None:
    chain = Chain(2, units=40)
    kept = chosen(chain, 0.5, "layer").kept
    shares = [len(kept[g.name]) / g.units for g in chain.groups]
    assert max(shares) - min(shares) <= 0.1


def test_scores_that_are_not_finite_name_their_layer() -> None:
    chain = Chain(0)
    chain.scores["l1"] = torch.full((12,), float("nan"))
    with pytest.raises(BudamaError, match="layer 'l1': its scores are not finite"):
        chosen(chain, 0.5)


def test_a_layer_that_saves_nothing_stays_whole() -> None:
    chain = separate(3)
    own = chain.table.groups["l1"]
    dense = chain.table.dense["l1"]
    chain.table.groups["l1"] = costs(10, ["l1"], ["l1"], {w: [dense] for w in own.times})
    found = chosen(chain, 0.7)
    assert len(found.kept["l1"]) == 10
    assert found.too_small == ["l1"]


@pytest.mark.parametrize("scope", ["layer", "global"])
@pytest.mark.parametrize("kind", ["macs", "channels"])
def test_any_budget_may_use_the_widths_that_pay_off_and_nothing_is_timed(
    kind: str, scope: Scope
) -> None:
    chain = Chain(4, units=40)

    def untimed(_: object) -> float:
        raise AssertionError("this budget asks for no time")

    def left(lost: torch.Tensor) -> float:
        return float(np.mean(1 - lost.numpy() / 40))

    clock = Clock(chain.table, untimed)
    budget = Budget.model_validate({kind: 0.5, "round_to": "auto"})
    for name, own in clock.widths.items():
        clock.widths[name] = [width for width in own if width % 4 == 0]
    found = select(chain.groups, chain.scores, scope, budget, left, clock=clock)
    counts = {name: len(stay) for name, stay in found.kept.items()}
    for name, count in counts.items():
        assert count == 40 or count in clock.widths[name]
    assert sum(counts.values()) == pytest.approx(60, abs=8)
