"""The estimate gives back what was measured, and says what lies between."""

from collections.abc import Sequence

import numpy as np
import pytest

from budama.pruning.timed.model import TimeModel
from budama.pruning.timed.table import CostTable
from tests.unit.pruning.timed.tables import Chain, costs, group, table

SEEDS = range(5)
# A layer b between two groups; the quickest layer of all takes 1 ms
ROWS_A = {4: [6.0, 14.0], 2: [3.0, 8.0]}
ROWS_B = {4: [16.0, 2.0], 2: [9.0, 1.5]}
A, B = group("a", 8), group("b", 8)


def between(whole: Sequence[tuple[float, float]] = ()) -> CostTable:
    return table(
        {"a": 10.0, "b": 20.0, "c": 3.0, "head": 1.0},
        {"a": costs(8, ["a"], ["a", "b"], ROWS_A), "b": costs(8, ["b"], ["b", "c"], ROWS_B)},
        whole,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_group_that_is_cut_alone_takes_what_was_measured(seed: int) -> None:
    chain = Chain(seed)
    model = TimeModel(chain.table, chain.groups)
    for place, own in enumerate(chain.groups):
        for width in chain.table.groups[own.name].times:
            lost = np.zeros(len(chain.groups))
            lost[place] = own.units - width
            measured = 1 - chain.table.saved(own.name, width) / chain.table.total
            # no layer is taken to be quicker than the quickest that was seen
            assert model.of(lost) == pytest.approx(measured, abs=1e-9)


def test_nothing_cut_takes_all_the_time() -> None:
    chain = Chain(0)
    assert TimeModel(chain.table, chain.groups).of([0, 0, 0]) == pytest.approx(1)


def test_between_two_widths_times_lie_on_a_straight_line() -> None:
    model = TimeModel(between(), [A, B])
    assert model.of([5, 0]) == pytest.approx((model.of([4, 0]) + model.of([6, 0])) / 2)


def test_a_layer_that_is_narrower_on_both_sides_takes_the_product() -> None:
    """Beyond the 1 ms that every layer takes: (14 - 1) / (20 - 1) of its time and (16 - 1) / 19."""
    middle = 1 + 19 * (13 / 19) * (15 / 19)
    expected = (6.0 + middle + 2.0 + 1.0) / 34
    assert TimeModel(between(), [A, B]).of([4, 4]) == pytest.approx(expected)


def test_what_is_read_side_by_side_saves_the_sum() -> None:
    """Two groups whose channels a layer reads one after the other."""
    rows_a, rows_b = {4: [6.0, 17.0]}, {4: [4.0, 15.0]}
    known = table(
        {"a": 10.0, "b": 6.0, "reader": 20.0, "head": 1.0},
        {
            "a": costs(8, ["a"], ["a", "reader"], rows_a),
            "b": costs(8, ["b"], ["b", "reader"], rows_b),
        },
    )
    expected = (6 + 4 + (20 - 3 - 5) + 1) / 37
    assert TimeModel(known, [A, B]).of([4, 4]) == pytest.approx(expected)


def test_layers_are_put_right_by_whole_networks() -> None:
    plain = TimeModel(between(), [A, B])
    estimate = plain.of([4, 4])
    model = TimeModel(between([(round(estimate, 6), 0.8)]), [A, B])
    assert model.of([4, 4]) == pytest.approx(0.8, abs=1e-5)
    assert model.of([0, 0]) == pytest.approx(1)
    half_way = model.put_right((1 + estimate) / 2)
    assert half_way == pytest.approx(0.9, abs=1e-5)


def test_a_whole_network_that_the_clock_had_too_slow_does_not_turn_the_order() -> None:
    model = TimeModel(between([(0.3, 0.5), (0.5, 0.45), (0.7, 1.2)]), [A, B])
    times = [model.put_right(share / 100) for share in range(101)]
    assert times == sorted(times)
    assert times[0] == 0 and times[-1] == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_less_is_never_slower(seed: int) -> None:
    """Where it was not when each group was cut alone."""
    chain = Chain(seed)
    model = TimeModel(chain.table, chain.groups)
    draw = np.random.default_rng(seed)
    for _ in range(20):
        lost = draw.integers(0, 11, 3)
        more = np.minimum(lost + draw.integers(0, 4, 3), 11)
        assert 0 < model.of(more.astype(float)) <= model.of(lost.astype(float)) + 1e-12 <= 1 + 1e-12


def test_a_table_that_has_cuts_take_longer_says_no_more_than_all_the_time() -> None:
    slow = table({"a": 1.0, "head": 1.0}, {"a": costs(8, ["a"], ["a"], {4: [3.0]})})
    assert TimeModel(slow, [A]).of([4]) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_step_saves_is_what_going_there_saves(seed: int) -> None:
    chain = Chain(seed)
    model = TimeModel(chain.table, chain.groups)
    state = model.start()
    for place, lost in ((0, 4), (1, 3), (0, 7), (2, 5)):
        before = model.sum_of(state)
        (saved,) = model.saved(state, place, np.array([float(lost)]))
        model.move(state, place, lost)
        assert before - model.sum_of(state) == pytest.approx(float(saved))
    assert model.sum_of(state) == pytest.approx(model.of([7, 3, 5]))
    assert [model.neighbours(place) for place in range(3)] == [[0, 1], [0, 1, 2], [1, 2]]


def test_what_follows_a_layer_saves_its_time_too() -> None:
    known = table(
        {"a": 10.0, "a:after": 4.0, "b": 10.0, "head": 1.0},
        {"a": costs(8, ["a"], ["a", "a:after", "b"], {4: [5.0, 2.0, 6.0]})},
    )
    assert TimeModel(known, [A]).of([4]) == pytest.approx(14 / 25)
