from typing import Any

import pytest
import torch
from torch import nn

from budama.models.architecture import build
from budama.pruning.graph import PruningGraph, keep_channels
from budama.pruning.surgery import add_biases, set_sizes, take_shapes
from budama.system.errors import BudamaError
from tests.inputs import TinyNet


def test_the_cut_network_is_the_dense_one_with_those_channels_silenced(tiny_net: TinyNet) -> None:
    images = torch.randn(2, 3, 8, 8)
    silenced = TinyNet().eval()
    silenced.load_state_dict(tiny_net.state_dict())
    with torch.no_grad():
        silenced.second.weight[:, [1, 2]] = 0  # what reads channels 1 and 2 of the first group
        silenced.classifier.weight[:, 5] = 0
    keep_channels(tiny_net, {"first": [0, 3], "second": [0, 1, 2, 3, 4]}, 8)
    assert tiny_net.first.weight.shape == (2, 3, 3, 3)
    assert tiny_net.depthwise.groups == 2
    torch.testing.assert_close(tiny_net(images), silenced(images))


@pytest.mark.parametrize("name", ["timm/test_efficientnet", "timm/test_resnet"])
def test_real_networks_still_run(name: str) -> None:
    network = build(name, 5).eval()
    groups = PruningGraph(network, 32).groups
    keep_channels(network, {g.name: list(range(0, g.channels, 2)) for g in groups}, 32)
    after = {group.name: group.channels for group in PruningGraph(network, 32).groups}
    assert after == {group.name: (group.channels + 1) // 2 for group in groups}
    assert network(torch.zeros(1, 3, 32, 32)).shape == (1, 5)


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ({"secnd": [0]}, "no prunable layer 'secnd': did you mean 'second'"),
        ({"second": [6]}, "layer 'second' has 6 channels"),
        ({"second": []}, "layer 'second' has 6 channels"),
    ],
)
def test_a_cut_that_does_not_fit_is_refused(
    tiny_net: TinyNet, kept: dict[str, list[int]], message: str
) -> None:
    with pytest.raises(BudamaError, match=message):
        keep_channels(tiny_net, kept, 8)
    assert tiny_net.second.out_channels == 6


def test_layers_are_given_a_bias_of_zeros(tiny_net: TinyNet) -> None:
    images = torch.randn(2, 3, 8, 8)
    before = tiny_net(images)
    add_biases(tiny_net, ["first"])
    assert tiny_net.first.bias is not None and tiny_net.first.bias.requires_grad
    assert tiny_net(images).equal(before)


@pytest.mark.parametrize("name", ["second", "norm", "third", "first.weight"])
def test_what_cannot_be_given_a_bias_is_refused(name: str, tiny_net: TinyNet) -> None:
    with pytest.raises(BudamaError, match=f"no layer '{name}' that could be given a bias"):
        add_biases(tiny_net, [name])


def test_all_that_share_a_weight_still_share_the_smaller_one() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        *(nn.Conv2d(3, 8, 1), nn.GELU(), nn.Conv2d(8, 8, 1), nn.GELU(), nn.Conv2d(8, 8, 1)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)),
    )
    network[4].weight = network[2].weight
    graph = PruningGraph(network, 8)
    assert [(group.name, group.units) for group in graph.groups] == [("0", 8)]
    kept = {"0": [0, 2, 5]}
    graph.check(kept)
    graph.cut(network, kept)
    assert network[4].weight is network[2].weight
    assert [network[place].out_channels for place in (0, 2, 4)] == [3, 3, 3]
    assert [network[place].in_channels for place in (2, 4)] == [3, 3]
    assert network(torch.zeros(2, 3, 8, 8)).shape == (2, 3)


class Stored(nn.Module):
    """What a layer may hold that is a size, or looks like one."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out, self.head = nn.Conv2d(3, 18, 1), nn.Conv2d(6, 5, 1), nn.Linear(5, 2)
        self.num_heads, self.shift_size, self.shape = 3, (3, 3), [1, 6]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        qkv = self.qkv(images).flatten(2).transpose(1, 2)
        parts = qkv.reshape(len(images), -1, 3, self.num_heads, 2).permute(2, 0, 3, 1, 4)
        queries, keys, values = parts
        hidden = ((queries @ keys.mT).softmax(-1) @ values).transpose(1, 2)
        hidden = hidden.reshape(len(images), -1, self.shape[1]).transpose(1, 2)
        hidden = self.out(hidden[..., None])
        logits: torch.Tensor = self.head(torch.relu(hidden).mean((2, 3)))
        return logits


def test_sizes_that_code_has_stored_follow_and_what_looks_like_one_stays() -> None:
    torch.manual_seed(0)
    network = Stored().eval()
    graph = PruningGraph(network, 8, units=("heads",))
    (group,) = graph.groups
    kept = {group.name: group.channels_of([0, 2])}
    graph.check(kept)
    changed = graph.cut(network, kept)
    assert (network.num_heads, network.shift_size, network.shape) == (2, (3, 3), [1, 4])
    assert changed["num_heads"] == 2 and "shift_size" not in changed


def test_a_stored_size_is_given_back_to_a_dense_network() -> None:
    network = Stored()
    set_sizes(
        network, {"num_heads": 2, "shape": [1, 4], "shift_size": [2, 2], "out.in_channels": 4}
    )
    assert (network.num_heads, network.shift_size, network.shape) == (2, (2, 2), [1, 4])
    assert network.out.in_channels == 4


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("num_heads", 4),
        ("num_heads", "2"),
        ("num_heads", -1),
        ("heads", 2),
        ("nothing.in_channels", 2),
        ("shape", [1]),
        ("shape", [1, 8]),
        ("forward", 1),
        ("training", 0),
    ],
)
def test_a_size_that_no_cut_can_have_given_is_refused(path: str, value: Any) -> None:
    with pytest.raises(BudamaError, match=f"the network has no size '{path}'"):
        set_sizes(Stored(), {path: value})


def test_shapes_are_taken_of_all_tensors_also_of_shared_and_frozen_ones() -> None:
    network = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6), nn.BatchNorm1d(6))
    network[1].weight = network[0].weight
    network[0].bias.requires_grad_(False)
    tensors = {
        **{f"{place}.weight": torch.ones(4, 4) for place in (0, 1)},
        **{f"{place}.bias": torch.ones(4) for place in (0, 1)},
        **{
            f"2.{name}": torch.ones(4) for name in ("weight", "bias", "running_mean", "running_var")
        },
    }
    with pytest.raises(
        BudamaError, match=r"size mismatch: 0\.out_features is 6, and its tensors h"
    ):
        take_shapes(network, tensors)
    linear = {f"{n}.{side}_features": 4 for n in (0, 1) for side in ("in", "out")}
    network = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6), nn.BatchNorm1d(6))
    network[1].weight = network[0].weight
    network[0].bias.requires_grad_(False)
    set_sizes(network, linear | {"2.num_features": 4})
    take_shapes(network, tensors)
    assert network[1].weight is network[0].weight
    assert not network[0].bias.requires_grad and network[1].bias.requires_grad
    network.load_state_dict(tensors, strict=False)
    assert network.eval()(torch.ones(1, 4)).shape == (1, 4)


def test_tensors_with_other_axes_are_refused() -> None:
    with pytest.raises(BudamaError, match=r"weight of '0' has the shape \[6\]"):
        take_shapes(nn.Sequential(nn.Linear(6, 6)), {"0.weight": torch.ones(6)})
