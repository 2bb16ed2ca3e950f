from collections.abc import Sequence

import pytest
import torch
from torch import nn

from budama.config.budget import Scope
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import order_of_cuts


def layers_in_order(widths: Sequence[int], scope: Scope, round_to: int) -> list[int]:
    """The width of the layer that each cut takes from."""
    groups = [ChannelGroup.even(str(i), width, 1) for i, width in enumerate(widths)]
    scores = {str(i): torch.arange(width) + 1.0 for i, width in enumerate(widths)}
    return [widths[cut.layer] for cut in order_of_cuts(groups, scores, scope, round_to)]


def test_a_narrow_layer_does_not_give_up_half_of_itself_first() -> None:
    # of 16 channels, the first 8 are a quarter half-way; of 64, 1/16, 3/16, 5/16 and so on
    assert layers_in_order([16, 64], "layer", 8) == [64, 64, 16, 64, 64, 64, 64, 64]


def test_layers_shrink_in_step_channel_by_channel() -> None:
    assert layers_in_order([2, 4], "layer", 1) == [4, 2, 4, 4]


def test_equal_layers_take_turns_from_the_first() -> None:
    groups = [ChannelGroup.even(name, 3, 1) for name in "ab"]
    scores = {name: torch.ones(3) for name in "ab"}
    found = [(cut.layer, cut.units) for cut in order_of_cuts(groups, scores, "layer")]
    assert found == [(0, (2,)), (1, (2,)), (0, (1,)), (1, (1,))]


def test_what_is_no_multiple_is_cut_to_one_before_all_else() -> None:
    # 64 has three blocks that come before the 12 of 28 by their rank
    assert layers_in_order([64, 28], "layer", 16)[0] == 28


class Joined(nn.Module):
    """As in Inception-ResNet: what two branches make side by side is added to a third."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = nn.Conv2d(3, 16, 1)
        self.few, self.many = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 12, 1)
        self.head = nn.Linear(16, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        joined = torch.cat([self.few(x), self.many(x)], 1)
        return self.head((self.whole(x) + joined).mean((2, 3)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("scope", ["layer", "global"])
def test_a_layer_with_a_part_of_the_channels_keeps_its_best(scope: Scope) -> None:
    graph = PruningGraph(Joined().eval(), 8)
    (group,) = graph.groups
    scores = torch.arange(16) + 1.0  # the four of `few` are the worst
    cuts = order_of_cuts([group], {group.name: scores}, scope)
    assert [unit for cut in cuts for unit in cut.units] == [0, 1, 2, *range(4, 15)]
    lost = {unit for cut in cuts for unit in cut.units}
    graph.check({group.name: [unit for unit in range(16) if unit not in lost]})
