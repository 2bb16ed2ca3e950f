"""Targets are met as timed, whatever the estimate says; what cannot be met is told."""

from collections.abc import Callable, Mapping

import pytest
import torch

from budama.config.budget import Budget
from budama.pruning.groups import ChannelGroup
from budama.pruning.selection import select
from budama.pruning.target import OutOfReachError
from budama.pruning.timed.clock import Clock
from tests.unit.pruning.timed.tables import Chain, costs, group, table

TARGETS = (0.9, 0.7, 0.5, 0.35)
# What whole networks take, by what their layers come to
DEVICES: dict[str, Callable[[float], float]] = {
    "as estimated": lambda left: left,
    "slower": lambda left: 0.25 + 0.75 * left,
    "faster": lambda left: left**1.5,
    "in a curve": lambda left: 0.6 * left + 0.4 * left**3,
}


def timed_by(chain: Chain, clock: Clock, device: Callable[[float], float]) -> list[float]:
    """Let ``clock`` time on ``device``; return what it was seen to take."""
    seen: list[float] = []
    model = clock.model(chain.groups)

    def timer(widths: Mapping[str, int]) -> float:
        seen.append(device(model.of([float(g.units - widths[g.name]) for g in chain.groups])))
        return seen[-1]

    clock.timer = timer
    return seen


def cut(chain: Chain, clock: Clock, target: float) -> dict[str, list[int]]:
    budget = Budget(latency=target)
    return select(chain.groups, chain.scores, "global", budget, clock=clock).kept


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_met_as_timed(target: float, device: str) -> None:
    chain = Chain(0, n=8, units=40)
    clock = Clock(chain.table)
    seen = timed_by(chain, clock, DEVICES[device])
    cut(chain, clock, target)
    assert seen[-1] == pytest.approx(target, rel=0.03)
    assert len(seen) <= 5
    assert [tried.timed for tried in clock.tried] == seen
    assert [DEVICES[device](tried.estimated) for tried in clock.tried] == pytest.approx(seen)


@pytest.mark.parametrize("target", TARGETS)
def test_without_a_timer_the_estimate_is_what_counts(target: float) -> None:
    chain = Chain(1, n=8, units=40)
    clock = Clock(chain.table)
    kept = cut(chain, clock, target)
    lost = [float(g.units - len(kept[g.name])) for g in chain.groups]
    assert clock.model(chain.groups).of(lost) == pytest.approx(target, rel=0.03)
    assert clock.tried == []


def test_what_a_thorough_measurement_gave_more_is_kept_in_mind() -> None:
    chain = Chain(2, n=8, units=40)
    clock = Clock(chain.table)
    seen = timed_by(chain, clock, DEVICES["slower"])
    cut(chain, clock, 0.6)
    clock.note(seen[-1] + 0.05)
    clock.timer = None
    kept = cut(chain, clock, 0.6)
    timed_by(chain, clock, DEVICES["slower"])
    assert clock.timer is not None
    found = clock.timer({name: len(stay) for name, stay in kept.items()}) + 0.05
    assert abs(found - 0.6) < 0.04


def coarse(widths: tuple[int, ...]) -> Chain:
    """One layer of 10 ms, which is all the network."""
    chain = Chain(0)
    chain.groups = [group("a", 100)]
    chain.scores = {"a": torch.rand(100)}
    rows = {width: [width / 10] for width in widths}
    chain.table = table({"a": 10.0, "b": 1e-6}, {"a": costs(100, ["a"], ["a"], rows)})
    return chain


@pytest.mark.parametrize("timed", [False, True])
def test_a_target_between_two_widths_names_both(timed: bool) -> None:
    chain = coarse((75, 50, 25))
    clock = Clock(chain.table)
    if timed:
        timed_by(chain, clock, lambda left: left)
    with pytest.raises(
        OutOfReachError,
        match=r"0\.6 cannot be met within 3%: the nearest cuts leave 0\.5 and 0\.75 of the dense "
        r"model's latency; ask for one of these$",
    ):
        cut(chain, clock, 0.6)


def test_what_is_named_is_what_was_timed() -> None:
    chain = coarse((75, 50, 25))
    clock = Clock(chain.table)
    timed_by(chain, clock, lambda left: 0.2 + 0.8 * left)
    with pytest.raises(OutOfReachError, match=r"leave 0\.6 and 0\.8 of"):
        cut(chain, clock, 0.7)


@pytest.mark.parametrize("timed", [False, True])
def test_the_least_that_can_be_left_is_named(timed: bool) -> None:
    chain = coarse((75, 50))
    clock = Clock(chain.table)
    if timed:
        timed_by(chain, clock, lambda left: left)
    with pytest.raises(OutOfReachError, match=r"the most that may be cut leaves 0\.5 of .* ask"):
        cut(chain, clock, 0.3)


def test_no_width_is_timed_twice() -> None:
    chain = coarse((75, 50, 25))
    clock = Clock(chain.table)
    seen = timed_by(chain, clock, lambda left: left)
    with pytest.raises(OutOfReachError):
        cut(chain, clock, 0.6)
    assert sorted(seen) == sorted(set(seen))


def test_what_lies_on_one_side_alone_is_named_as_such() -> None:
    """A device on which every cut takes less than asked for, and nothing takes more."""
    chain = coarse((95, 94, 93))
    clock = Clock(chain.table)
    timed_by(chain, clock, lambda left: left / 2)
    with pytest.raises(OutOfReachError, match=r"the nearest cut leaves 0\.5 of the dense") as error:
        cut(chain, clock, 0.9)
    assert "multiples" not in str(error.value)


def test_a_group_that_the_table_has_and_nothing_scores_stays_whole() -> None:
    chain = Chain(3, n=8, units=40)
    clock = Clock(chain.table)
    some: list[ChannelGroup] = chain.groups[:6]
    found = select(some, chain.scores, "global", Budget(latency=0.7), clock=clock)
    assert set(found.kept) == {group.name for group in some}


def test_a_network_of_few_layers_is_cut_width_by_width_where_its_blocks_are_too_coarse() -> None:
    # one group whose cheapest step is the whole way down: importance falls off, time does not
    units = 40
    only = group("only", units)
    rows = {width: [4.0 * width / units] for width in range(units - 1, 0, -1)}
    found = table({"only": 4.0}, {"only": costs(units, ["only"], ["only"], rows)})
    scores = {"only": torch.linspace(2, 1, units).double()}
    flat = {"only": torch.ones(units).double()}
    for given in (scores, flat):
        kept = select([only], given, "global", Budget(latency=0.5), clock=Clock(found)).kept
        assert len(kept["only"]) == units // 2
