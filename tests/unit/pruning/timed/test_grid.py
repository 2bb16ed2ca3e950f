"""Every width is timed once, and what else is timed in the same run does not meddle."""

from collections import Counter
from collections.abc import Callable

import pytest
from torch import nn

from budama.models.architecture import build
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.timed.grid import MOST_WIDTHS, independent, trials, widths_of
from tests.unit.pruning.networks import CifarResNet, Squeezed
from tests.unit.pruning.timed.tables import group

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "residual": lambda: CifarResNet(20),
    "squeezed": lambda: Squeezed([16, 24, 32]),
    "real": lambda: build("timm/test_efficientnet", 10),
    "grouped": lambda: build("torchvision/resnext50_32x4d", 10),
}


@pytest.fixture(params=NETWORKS)
def groups(request: pytest.FixtureRequest) -> list[ChannelGroup]:
    return PruningGraph(NETWORKS[request.param]().eval(), 32).groups


def layers(group: ChannelGroup) -> set[str]:
    return {member.name for member in group.members}


def test_every_width_of_every_group_is_timed_once(groups: list[ChannelGroup]) -> None:
    seen = Counter(pair for trial in trials(groups) for pair in trial.items())
    wanted = {(group.name, width) for group in groups for width in widths_of(group)}
    assert seen.keys() == wanted and set(seen.values()) == {1}
    assert list(trials(groups)) == list(trials(groups))


def test_no_two_groups_of_a_run_share_a_layer_and_a_third_stays_whole(
    groups: list[ChannelGroup],
) -> None:
    every = set().union(*map(layers, groups))
    sets = independent(groups)
    assert sorted(g.name for together in sets for g in together) == sorted(g.name for g in groups)
    for together in sets:
        touched = [layer for group in together for layer in layers(group)]
        assert len(touched) == len(set(touched))
        assert len(touched) <= 2 / 3 * len(every) or len(together) == 1


def test_widths_are_multiples_that_kernels_like_down_to_a_tenth() -> None:
    assert widths_of(group("a", 64)) == list(range(60, 6, -4))
    assert widths_of(group("a", 30)) == [28, 24, 20, 16, 12, 8, 4]
    assert widths_of(group("a", 2048))[:3] == [1984, 1920, 1856]
    assert widths_of(group("a", 4)) == []
    for channels in (193, 384, 768, 1536, 4096):
        found = widths_of(group("a", channels))
        assert len(found) <= MOST_WIDTHS
        assert min(found) >= channels / 10


def test_units_of_several_channels_are_counted_as_channels() -> None:
    """32 groups of 8 channels: 4 channels would be an eighth of a unit."""
    assert widths_of(ChannelGroup.even("a", 256, 32)) == [7, 6, 5, 4, 3, 2, 1]
    assert widths_of(ChannelGroup.even("a", 64, 2)) == list(range(30, 3, -2))


def test_where_there_are_no_groups_there_is_nothing_to_time() -> None:
    assert list(trials([])) == [] and list(trials([group("a", 1)])) == []
