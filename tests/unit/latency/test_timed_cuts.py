"""A cut is accepted as the latency stage would measure it."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from budama.config.budget import Budget
from budama.config.cut import Normaliser
from budama.latency.statistics import Ratio
from budama.latency.timed_cuts import check_device, choose_in_time, cut_in_time
from budama.models.prediction import Verdict
from budama.pruning.choice import Candidate, Cutter
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.repair.apply import Repairer
from budama.pruning.target import OutOfReachError
from budama.pruning.timed.clock import Clock
from budama.pruning.timed.sizes import units_left
from budama.system.errors import BudamaError
from tests.unit.latency import fakes
from tests.unit.pruning.timed.tables import DEVICE, by_channels


def network() -> nn.Module:
    torch.manual_seed(0)
    widths = (3, 24, 32, 40, 24)
    layers = [
        layer for pair in pairwise(widths) for layer in (nn.Conv2d(*pair, 3, padding=1), nn.ReLU())
    ]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(24, 4)).eval()


def cutter(target: float = 0.5) -> Cutter:
    dense = network()
    graph = PruningGraph(dense, 8)

    def score(_network: nn.Module, groups: list[ChannelGroup]) -> dict[str, torch.Tensor]:
        draw = torch.Generator().manual_seed(0)
        return {g.name: torch.rand(g.channels, generator=draw) for g in groups}

    images = [(torch.randn(8, 3, 8, 8), torch.zeros(8))]
    repairer = Repairer(dense, graph.groups, lambda: images)
    clock = Clock(by_channels(graph.groups))
    return Cutter(
        repairer, graph, lambda: score, "global", Budget(latency=target), "none", clock=clock
    )


def watching(own: Cutter, in_short: fakes.Share, thoroughly: fakes.Share) -> Any:
    return fakes.Watch(list(own.repairer.groups), in_short, thoroughly)


def slower(left: float) -> float:
    return 0.1 + 0.9 * left


@pytest.mark.parametrize("target", [0.7, 0.4])
def test_a_cut_is_near_the_target_as_measured_thoroughly(target: float) -> None:
    own = cutter(target)
    watch = watching(own, slower, lambda left: slower(left) + 0.002)
    candidate, ratio = cut_in_time(own, "raw", watch)
    assert ratio.value == pytest.approx(target, rel=0.03)
    assert watch.thorough == [ratio.value]
    widths = units_left(own.repairer.groups, candidate.outcome.kept)
    assert watch.in_short(widths) == pytest.approx(target, rel=0.02)


def test_where_the_thorough_measurement_says_otherwise_the_search_goes_on_beside_it() -> None:
    own = cutter(0.5)
    watch = watching(own, slower, lambda left: slower(left) + 0.06)
    _, ratio = cut_in_time(own, "raw", watch)
    first, *_, last = watch.thorough
    assert abs(first - 0.5) > 0.03 * 0.5
    assert ratio.value == last == pytest.approx(0.5, rel=0.03)


def test_a_clock_that_never_agrees_with_itself_is_told_with_the_nearest_on_both_sides() -> None:
    own = cutter(0.5)
    given = iter([0.6, 0.4, 0.55, 0.45])
    with pytest.raises(OutOfReachError, match=r"the nearest cuts leave 0\.45 and 0\.55 of"):
        cut_in_time(own, "raw", watching(own, slower, lambda _: next(given)))


RESTLESS = Ratio(0.6, 0.5, 0.7, 0.98)


def test_what_a_restless_minute_gave_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    own = cutter(0.5)
    watch = watching(own, slower, slower)
    steady, given = watch.thoroughly, [RESTLESS]
    monkeypatch.setattr(watch, "thoroughly", lambda w, **_: given.pop() if given else steady(w))
    _, ratio = cut_in_time(own, "raw", watch)
    assert not ratio.noisy and ratio.value == pytest.approx(0.5, rel=0.03)
    assert len(watch.thorough) == 1


def test_a_restless_machine_that_cannot_tell_is_no_reason_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = cutter(0.52)
    watch = watching(own, slower, slower)
    monkeypatch.setattr(watch, "thoroughly", lambda *_, **__: RESTLESS)
    _, ratio = cut_in_time(own, "raw", watch)
    assert ratio == RESTLESS  # 0.6, and from 0.5 to 0.7


def test_a_refusal_says_that_the_machine_was_restless(monkeypatch: pytest.MonkeyPatch) -> None:
    own = cutter(0.4)
    watch = watching(own, slower, slower)
    monkeypatch.setattr(watch, "thoroughly", lambda *_, **__: RESTLESS)
    with pytest.raises(OutOfReachError, match=r"machine was restless.*0\.500 to 0\.700.*stop oth"):
        cut_in_time(own, "raw", watch)


def test_of_several_normalisers_only_the_chosen_one_is_timed_thoroughly() -> None:
    own = cutter(0.5)
    watch = watching(own, slower, slower)
    judged: list[int] = []

    def judge(_: Candidate) -> Verdict:
        assert not watch.thorough
        judged.append(1)
        return Verdict(50, 10.0 - len(judged), 100)

    names: list[Normaliser] = ["mean", "raw", "lamp", "loss"]
    choice, timed = choose_in_time(names, own, judge, watch)
    assert (choice.normaliser, len(choice.verdicts)) == ("loss", 4)
    assert timed["ratio"] == watch.thorough[-1] == pytest.approx(0.5, rel=0.03)
    assert timed["ratio_low"] < timed["ratio"] < timed["ratio_high"]
    assert len(watch.short) >= 4  # each is compared at the time that it really takes
    assert len(timed["tried"]) >= 1 and timed["tried"][-1][1] == pytest.approx(0.5, rel=0.02)


def test_without_a_choice_the_first_is_cut_once_and_timed() -> None:
    own = cutter(0.6)
    choice, timed = choose_in_time(["lamp"], own, None, watching(own, slower, slower))
    assert (choice.normaliser, choice.verdicts) == ("lamp", {})
    assert timed["ratio"] == pytest.approx(0.6, rel=0.03)


def test_another_kind_of_device_is_refused() -> None:
    own = cutter()
    watch = watching(own, slower, slower)
    check_device(Path("costs.json"), own, watch)
    watch.device = DEVICE.model_copy(update={"name": "another CPU"})
    with pytest.raises(
        BudamaError,
        match=r"costs\.json: what layers take was measured on a CPU, CPU, 1 thread.*; this is "
        r"another CPU, .*run it there, or.* NAME --forcerun selftest costs`.*docs/hpc\.md",
    ):
        check_device(Path("costs.json"), own, watch)
