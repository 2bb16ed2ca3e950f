"""Of several normalisers, the one whose repaired cut does best."""

import copy
import dataclasses
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest
import torch
from torch import nn

from budama.config.budget import Budget
from budama.config.cut import Normaliser, Repair
from budama.models.prediction import Verdict
from budama.pruning.choice import Candidate, Choice, Cutter, choose
from budama.pruning.cutting import Outcome
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.loss import Sensitivity
from budama.pruning.order import Scores
from budama.pruning.repair.apply import Repairer
from budama.pruning.target import OutOfReachError
from budama.system.errors import BudamaError
from tests.inputs import TinyNet

ALL: tuple[Normaliser, ...] = ("mean", "raw", "lamp")
Cut = Callable[[Normaliser], Candidate]


def candidate(normaliser: str) -> Candidate:
    outcome = Outcome({normaliser: [0]}, {}, [], pd.DataFrame())
    return Candidate(nn.Identity(), nn.Identity(), outcome, pd.DataFrame())


def accuracy_of(**accuracies: float) -> Callable[[Candidate], Verdict]:
    """Return what gives each of so many images that every difference is real."""

    def judge(candidate: Candidate) -> Verdict:
        accuracy = accuracies[next(iter(candidate.outcome.kept))]
        return Verdict(accuracy, 100 - accuracy, 1_000_000)

    return judge


def accuracies_in(choice: Choice) -> dict[str, float]:
    return {name: verdict.accuracy_pct for name, verdict in choice.verdicts.items()}


def refusing(*refused: str) -> Cut:
    def cut(normaliser: Normaliser) -> Candidate:
        if normaliser in refused:
            raise OutOfReachError(f"no cut by {normaliser}")
        return candidate(normaliser)

    return cut


def untested(_candidate: Candidate) -> Verdict:
    raise AssertionError("there is nothing to test")


def test_the_most_accurate_is_kept_and_all_are_told() -> None:
    choice = choose(ALL, candidate, accuracy_of(mean=71, raw=88, lamp=87))
    assert (choice.normaliser, choice.candidate.outcome.kept) == ("raw", {"raw": [0]})
    assert accuracies_in(choice) == {"mean": 71, "raw": 88, "lamp": 87}
    assert choice.passed_over == {}


def test_what_cannot_be_told_apart_by_accuracy_is_chosen_by_its_loss() -> None:
    verdicts = {
        "mean": Verdict(88.0, 0.1, 1000),
        "raw": Verdict(93.6, 0.21, 1000),
        "lamp": Verdict(92.7, 0.20, 1000),
    }
    choice = choose(ALL, candidate, lambda cut: verdicts[next(iter(cut.outcome.kept))])
    assert choice.normaliser == "lamp"


@pytest.mark.parametrize("normalisers", [ALL, ALL[::-1]])
def test_the_first_of_equals_is_kept(normalisers: tuple[Normaliser, ...]) -> None:
    choice = choose(normalisers, candidate, accuracy_of(mean=50, raw=50, lamp=50))
    assert choice.normaliser == normalisers[0]


def test_one_that_cannot_meet_the_budget_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "budama"):
        choice = choose(ALL, refusing("raw"), accuracy_of(mean=40, lamp=60))
    assert choice.normaliser == "lamp"
    assert accuracies_in(choice) == {"mean": 40, "lamp": 60}
    assert choice.passed_over == {"raw": "no cut by raw"}
    assert "normaliser raw is passed over: no cut by raw" in caplog.text


def test_the_first_reason_is_given_where_no_budget_can_be_met(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(OutOfReachError, match="no cut by mean"):
        choose(ALL, refusing(*ALL), untested)
    assert not caplog.text


def test_the_only_one_left_is_tested_too() -> None:
    choice = choose(ALL, refusing("mean", "lamp"), accuracy_of(raw=70))
    assert (choice.normaliser, accuracies_in(choice)) == ("raw", {"raw": 70})
    assert list(choice.passed_over) == ["mean", "lamp"]


def test_without_a_choice_nothing_is_tested() -> None:
    choice = choose(["lamp"], candidate, None)
    assert (choice.normaliser, accuracies_in(choice), choice.passed_over) == ("lamp", {}, {})


def test_what_another_normaliser_would_not_mend_is_raised() -> None:
    def cut(normaliser: Normaliser) -> Candidate:
        raise BudamaError(f"the cut by {normaliser} does not run")

    with pytest.raises(BudamaError, match="the cut by mean does not run"):
        choose(ALL, cut, untested)


def cutter(network: nn.Module, scorer: Callable[[], Callable[..., Scores]]) -> Cutter:
    images = [(torch.randn(8, 3, 8, 8), torch.zeros(8)) for _ in range(2)]
    graph = PruningGraph(network, 8)
    repairer = Repairer(network, graph.groups, lambda: images)
    budget = Budget(channels=0.5, steps=2)
    return Cutter(repairer, graph, scorer, "global", budget, "refit")


def scores_of_groups(_network: nn.Module, groups: list[ChannelGroup]) -> Scores:
    factor = {"second": 100.0}
    return {g.name: factor.get(g.name, 1.0) * (1.0 + torch.arange(g.channels)) for g in groups}


def test_each_candidate_starts_from_the_dense_network_and_is_scored_anew(
    tiny_net: TinyNet,
) -> None:
    """What scores a network may count its steps."""
    made = []

    def scorer() -> Callable[..., Scores]:
        made.append("scorer")
        return scores_of_groups

    before = copy.deepcopy(tiny_net.state_dict())
    cutting = cutter(tiny_net, scorer)
    raw, mean, again = (cutting.cut(normaliser) for normaliser in ("raw", "mean", "raw"))
    assert made == ["scorer"] * 3
    assert raw.outcome.kept["first"] == [3] and len(mean.outcome.kept["first"]) > 1
    assert raw.outcome.kept == again.outcome.kept
    for name, values in raw.network.state_dict().items():
        assert values.equal(again.network.state_dict()[name])
    assert all(v.equal(before[name]) for name, v in tiny_net.state_dict().items())


def test_a_candidate_keeps_the_network_as_it_was_cut(tiny_net: TinyNet) -> None:
    found = cutter(tiny_net, lambda: scores_of_groups).cut("mean")
    repaired, as_cut = (net.get_submodule("classifier") for net in (found.network, found.as_cut))
    assert isinstance(repaired, nn.Linear) and isinstance(as_cut, nn.Linear)
    assert repaired.weight.shape == as_cut.weight.shape != (3, 6)
    assert not repaired.weight.equal(as_cut.weight)
    assert len(found.repairs) > 0


@pytest.mark.parametrize("repair", ["none", "norms", "refit"])
def test_a_cut_that_is_not_repaired_is_judged_with_norms_measured_anew(
    repair: Repair, tiny_net: TinyNet
) -> None:
    cutting = cutter(tiny_net, lambda: scores_of_groups)
    cutting = dataclasses.replace(cutting, repair=repair, budget=Budget(channels=0.5))
    found = cutting.cut("mean")
    assert (cutting.judged(found) is found.network) == (repair != "none")
    as_cut, judged = (net.state_dict() for net in (found.as_cut, cutting.judged(found)))
    changed = {name for name in as_cut if not as_cut[name].equal(judged[name])}
    # a refit need not move a norm that reads what it did
    assert ("norm.running_mean" in changed) == (repair != "refit")
    assert ("second.weight" in changed) == (repair == "refit")


def test_compared_by_the_loss_the_criterion_says_the_order_within_a_layer(
    tiny_net: TinyNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How the loss depends on the dense network is looked at once for all candidates."""
    looked: list[nn.Module] = []

    class Counted(Sensitivity):
        def __init__(self, network: nn.Module, *given: Any) -> None:
            looked.append(network)
            super().__init__(network, *given)

    monkeypatch.setattr("budama.pruning.choice.Sensitivity", Counted)
    cutting = dataclasses.replace(
        cutter(tiny_net, lambda: scores_of_groups), budget=Budget(channels=0.4)
    )
    found, again = (cutting.cut("loss").outcome.kept for _ in range(2))
    assert found == again and looked == [tiny_net]
    assert found
    for group in cutting.repairer.groups:
        stay = found.get(group.name, list(range(group.channels)))
        assert stay == list(range(group.channels))[-len(stay) :]


def test_after_a_step_the_loss_is_looked_at_anew(
    tiny_net: TinyNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    widths: list[int] = []

    class Counted(Sensitivity):
        def __init__(self, network: nn.Module, groups: Sequence[ChannelGroup], *more: Any) -> None:
            widths.append(sum(group.channels for group in groups))
            super().__init__(network, groups, *more)

    monkeypatch.setattr("budama.pruning.choice.Sensitivity", Counted)
    cutting = cutter(tiny_net, lambda: scores_of_groups)
    cutting.cut("loss")
    cutting.cut("loss")
    dense, *later = widths
    assert dense == 10 and len(later) == 2 and max(later) < dense
