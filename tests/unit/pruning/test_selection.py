import pytest
import torch

from budama.config.budget import Budget, Scope
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.selection import select
from budama.pruning.target import OutOfReachError
from budama.system.errors import BudamaError
from tests.unit.pruning.networks import CifarResNet

SCORES = {
    "a": torch.tensor([3.0, 1.0, 2.0, 4.0]),
    "b": torch.tensor([30.0, 10.0, 1.0, 20.0, 40.0, 50.0]),
}
SCOPES: tuple[Scope, ...] = ("layer", "global")


def groups_of(scores: dict[str, torch.Tensor], copies: int = 1) -> list[ChannelGroup]:
    return [ChannelGroup.even(name, len(v), copies) for name, v in scores.items()]


def kept(
    scores: dict[str, torch.Tensor], scope: Scope, budget: Budget, copies: int = 1
) -> dict[str, list[int]]:
    return select(groups_of(scores, copies), scores, scope, budget).kept


def counts(selection: dict[str, list[int]]) -> list[int]:
    return [len(channels) for channels in selection.values()]


def test_layer_scope_cuts_the_lowest_of_each_layer() -> None:
    assert kept(SCORES, "layer", Budget(channels=0.5)) == {"a": [0, 3], "b": [0, 4, 5]}


@pytest.mark.parametrize(
    ("channels", "ratio", "left"), [(10, 0.9, 1), (10, 0.3, 7), (64, 0.1, 57), (3, 0.99, 1)]
)
def test_counts_are_exact_where_floating_point_is_not(
    channels: int, ratio: float, left: int
) -> None:
    assert counts(kept({"a": torch.rand(channels)}, "layer", Budget(channels=ratio))) == [left]


def test_global_scope_compares_layers_after_dividing_by_their_means() -> None:
    # a / 2.5: 1.2 .4 .8 1.6; b / 25.17: 1.19 .40 .04 .79 1.59 1.99 -> b2, b1, a1 go
    found = kept(SCORES, "global", Budget(channels=0.3))
    assert found == {"a": [0, 2, 3], "b": [0, 3, 4, 5]}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("ratio", [0.1, 0.3, 0.6])
def test_ties_cut_exactly_what_was_asked_and_the_lower_index_stays(
    scope: Scope, ratio: float
) -> None:
    found = kept({"a": torch.ones(100)}, scope, Budget(channels=ratio))
    assert found["a"] == list(range(round(100 * (1 - ratio))))


def test_no_layer_is_emptied_however_low_it_scores() -> None:
    scores = {"low": torch.zeros(20), "high": torch.ones(180)}
    assert counts(kept(scores, "global", Budget(channels=0.5))) == [2, 98]


@pytest.mark.parametrize("scope", SCOPES)
def test_scores_that_are_not_numbers_name_their_layer(scope: Scope) -> None:
    bad = SCORES | {"c": torch.tensor([1.0, float("nan")])}
    with pytest.raises(BudamaError, match="layer 'c': its scores are not finite"):
        kept(bad, scope, Budget(channels=0.1))


def test_a_budget_that_the_layers_cannot_bear_is_refused() -> None:
    two = {"a": torch.ones(5), "b": torch.ones(5)}
    with pytest.raises(OutOfReachError, match="more channels than the layers may lose"):
        kept(two, "global", Budget(channels=0.95))


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("round_to", [4, 8])
def test_rounding_keeps_every_count_a_multiple_or_names_the_layer(
    scope: Scope, round_to: int
) -> None:
    scores = {str(n): torch.rand(n) for n in (3, 8, 12, 30, 64, 100)}
    found = select(groups_of(scores), scores, scope, Budget(channels=0.2, round_to=round_to))
    for name, channels in found.kept.items():
        assert len(channels) % round_to == 0 or name in found.too_small
    assert found.too_small == ["3"]


def test_rounding_goes_down_as_in_the_published_cuts() -> None:
    scores = {"a": torch.rand(64), "b": torch.rand(80)}
    assert counts(kept(scores, "layer", Budget(channels=0.1, round_to=8))) == [56, 72]


def test_grouped_channels_go_in_equal_numbers_from_every_group() -> None:
    scores = {"a": torch.tensor([1.0, 9, 9, 9, 2, 9, 9, 9])}  # two groups of four
    assert kept(scores, "layer", Budget(channels=0.25), copies=2) == {"a": [1, 2, 3, 5, 6, 7]}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_target_takes_the_nearest_cut(scope: Scope) -> None:
    scores = {"a": torch.rand(100), "b": torch.rand(300)}
    groups = groups_of(scores)

    def cost_left(lost: torch.Tensor) -> float:
        return float((1 - lost[0] / 100) * (1 - lost[1] / 300))

    found = select(groups, scores, scope, Budget(macs=0.5), cost_left)
    left = len(found.kept["a"]) / 100 * len(found.kept["b"]) / 300
    assert left == pytest.approx(0.5, rel=0.01)


def test_cuts_by_different_channel_ratios_are_nested() -> None:
    scores = {name: torch.rand(40) for name in "abc"}
    for scope in SCOPES:
        small, large = (kept(scores, scope, Budget(channels=r)) for r in (0.2, 0.6))
        assert all(set(large[name]) <= set(small[name]) for name in scores)


def test_a_target_out_of_reach_says_what_is_nearest() -> None:
    scores = {"a": torch.rand(4)}

    def cost_left(lost: torch.Tensor) -> float:
        return float(1 - lost[0] / 4)

    with pytest.raises(
        OutOfReachError,
        match=r"0\.6 cannot be met within 1%: the nearest cuts leave 0\.5 and 0\.75 of the dense "
        r"model's params; ask for one of these$",
    ):
        select(groups_of(scores), scores, "layer", Budget(params=0.6), cost_left)


def test_an_estimate_is_put_right_by_what_is_counted() -> None:
    scores = {"a": torch.rand(400)}
    counted = []

    def count(kept: dict[str, list[int]]) -> float:
        counted.append(len(kept["a"]) / 400)
        return counted[-1]

    def estimate(lost: torch.Tensor) -> float:
        return float(1 - 0.95 * lost[0] / 400)  # 5% too much where nothing is left

    found = select(groups_of(scores), scores, "layer", Budget(macs=0.5), estimate, count)
    assert abs(counted[0] - 0.5) > 0.01 * 0.5
    assert len(found.kept["a"]) / 400 == counted[-1] == pytest.approx(0.5, rel=0.01)


@pytest.mark.parametrize("power", [0.4, 0.7, 1.5, 3.0])
def test_an_estimate_that_is_far_off_is_put_right_in_a_few_counts(power: float) -> None:
    scores = {name: torch.rand(200) for name in "ab"}
    groups = groups_of(scores)
    counted: list[float] = []

    def count(kept: dict[str, list[int]]) -> float:
        counted.append(float((sum(counts(kept)) / 400) ** power))
        return counted[-1]

    found = select(
        groups,
        scores,
        "global",
        Budget(macs=0.5),
        lambda lost: 1 - float(lost.sum()) / 400,
        count,
    )
    assert (sum(counts(found.kept)) / 400) ** power == pytest.approx(0.5, rel=0.01)
    assert len(counted) <= 6


def test_what_cannot_be_met_is_named_as_counted() -> None:
    scores = {"a": torch.rand(4)}

    def count(kept: dict[str, list[int]]) -> float:
        return len(kept["a"]) / 4

    def estimate(lost: torch.Tensor) -> float:
        return float(1.03 - lost[0] / 4)

    with pytest.raises(BudamaError, match=r"leave 0\.5 and 0\.75"):
        select(groups_of(scores), scores, "layer", Budget(macs=0.6), estimate, count)


@pytest.mark.parametrize(
    "budget", [Budget(channels=0.05, round_to=8), Budget(macs=0.64, round_to=8)]
)
def test_every_layer_is_aligned_before_a_budget_is_looked_at(budget: Budget) -> None:
    scores = {"a": torch.rand(30), "b": torch.rand(30)}

    def cost_left(lost: torch.Tensor) -> float:
        return float((1 - lost[0] / 30) * (1 - lost[1] / 30))

    found = select(groups_of(scores), scores, "global", budget, cost_left)
    assert all(len(channels) % 8 == 0 for channels in found.kept.values())


# Of what test_the_published_cut_takes_these_channels cuts
GONE_FROM_EACH = {
    **{"0": [0, 12], "3.conv1": [12, 14], "4.conv1": [1, 12], "5.conv1": [12, 17, 25, 30]},
    **{"5.conv2": [9, 12, 15, 18], "6.conv1": [4, 8, 12, 16]},
    **{"7.conv1": [7, 12, 17, 38, 43, 48, 53], "7.conv2": [4, 12, 20, 35, 43, 51, 58]},
    "8.conv1": [12, 27, 28, 42, 43, 58, 59],
}
GONE_FROM_ALL = GONE_FROM_EACH | {
    **{"5.conv1": [12, 25, 30], "6.conv1": [8, 12, 16], "7.conv1": [7, 12, 17, 38, 43, 48]},
    **{"7.conv2": [4, 12, 20, 35, 43, 51], "8.conv1": [12, 27, 28, 43, 58, 59]},
}


@pytest.mark.parametrize(("scope", "gone"), [("layer", GONE_FROM_EACH), ("global", GONE_FROM_ALL)])
def test_the_published_cut_takes_these_channels(scope: Scope, gone: dict[str, list[int]]) -> None:
    """TS3 and TS6, on scores with ties: what was published with them must not move."""
    groups = PruningGraph(CifarResNet(14).eval(), 32).groups
    scores = {
        group.name: (torch.arange(group.channels) * (13 + 2 * i) + 7 * i) % 31 + 1.0
        for i, group in enumerate(groups)
    }
    found = select(groups, scores, scope, Budget(channels=0.1)).kept
    assert {
        group.name: sorted(set(range(group.channels)) - set(found[group.name])) for group in groups
    } == gone
