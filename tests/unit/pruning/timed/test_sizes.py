"""The channels of each layer, against those of a network that was cut."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from budama.models.architecture import build
from budama.models.onnx.resized import Sizes
from budama.pruning.graph import PruningGraph, keep_channels
from budama.pruning.timed.sizes import layer_sizes, units_left
from tests.unit.pruning.networks import CifarResNet, Squeezed


class Joined(nn.Module):
    """A convolution in groups, channels side by side, and a linear layer of all positions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 2, 1)
        self.left = nn.Conv2d(16, 8, 1)
        self.right = nn.Conv2d(16, 12, 3, padding=1, groups=4)
        self.norm = nn.BatchNorm2d(20)
        self.join = nn.Conv2d(20, 6, 3, padding=1)
        self.hidden = nn.Linear(6 * 4 * 4, 10)
        self.classifier = nn.Linear(10, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(self.stem(images))
        side_by_side = torch.cat([self.left(hidden), self.right(hidden)], 1)
        joined = torch.relu(self.join(torch.relu(self.norm(side_by_side))))
        logits: torch.Tensor = self.classifier(torch.relu(self.hidden(joined.flatten(1))))
        return logits


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "residual": lambda: CifarResNet(14),
    "squeezed": lambda: Squeezed([16, 24, 32]),
    "joined": Joined,
    "real": lambda: build("timm/test_efficientnet", 10),
}


def size_of(layer: nn.Module) -> Sizes:
    if isinstance(layer, nn.Conv2d):
        return Sizes(layer.out_channels, layer.in_channels)
    if isinstance(layer, nn.Linear):
        return Sizes(layer.out_features, layer.in_features)
    assert isinstance(layer, nn.BatchNorm2d)
    return Sizes(layer.num_features, layer.num_features)


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_have_the_sizes_of_a_cut_network(name: str) -> None:
    network, pixels = NETWORKS[name]().eval(), 32 if name == "real" else 8
    groups = PruningGraph(network, pixels).groups
    widths = {g.name: max(1, g.units * (2 + i % 3) // 5) for i, g in enumerate(groups)}
    cut = copy.deepcopy(network)
    kept = {g.name: g.channels_of(range(widths[g.name])) for g in groups}
    keep_channels(cut, kept, pixels)
    found = layer_sizes(groups, widths)
    for layer, size in found.items():
        expected = size_of(cut.get_submodule(layer))
        assert size.outputs == expected.outputs
        if not isinstance(cut.get_submodule(layer), nn.BatchNorm2d):
            assert size.inputs == expected.inputs
    counted = {n for n, m in network.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)}
    assert counted <= found.keys()
    assert units_left(groups, kept) == widths


def test_a_group_that_is_not_named_is_whole() -> None:
    network = Joined().eval()
    groups = PruningGraph(network, 8).groups
    whole = layer_sizes(groups, {})
    assert whole["hidden"] == Sizes(10, 96) and whole["join"] == Sizes(6, 20)
    assert layer_sizes(groups, {"left": 3})["join"] == Sizes(6, 15)
    assert units_left(groups, {"right": [0, 3, 6, 9]}) == {"right": 1}
