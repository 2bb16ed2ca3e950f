"""The tie-break orders equal shares and nothing else, whatever reads the channels."""

from fractions import Fraction

import pytest
import torch
from torch import nn

from budama.criteria.base import Calibration, channels_first
from budama.criteria.registry import load_criterion
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup

IMAGES, THRESHOLD = 24, 0.6


class Flattened(nn.Module):
    """A classifier that reads 16 positions of each channel."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.classifier = nn.Linear(8 * 16, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.classifier(torch.relu(self.first(images)).flatten(1))
        return logits


class TwoReaders(Flattened):
    """A convolution besides, whose outputs the classifier reads, too."""

    def __init__(self) -> None:
        super().__init__()
        self.second = nn.Conv2d(8, 6, 1)
        self.classifier = nn.Linear((8 + 6) * 16, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(self.first(images))
        both = torch.cat((hidden, torch.relu(self.second(hidden))), 1)
        logits: torch.Tensor = self.classifier(both.flatten(1))
        return logits


class Twice(nn.Module):
    """A convolution that reads each channel twice, next to another layer's."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.other = nn.Conv2d(3, 5, 1)
        self.reader = nn.Conv2d(8 + 5 + 8, 4, 1)
        self.classifier = nn.Linear(4, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(self.first(images))
        both = torch.cat((hidden, self.other(images), hidden), 1)
        logits: torch.Tensor = self.classifier(torch.relu(self.reader(both)).mean((2, 3)))
        return logits


class Grouped(nn.Module):
    """Two groups of channels that go in pairs, behind them a flatten."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.grouped = nn.Conv2d(8, 12, 3, padding=1, groups=2)
        self.classifier = nn.Linear(12 * 16, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(self.grouped(torch.relu(self.first(images))))
        logits: torch.Tensor = self.classifier(hidden.flatten(1))
        return logits


def what_is_read(network: nn.Module, images: torch.Tensor) -> dict[nn.Module, torch.Tensor]:
    """Return each layer's input, in [0, 1] of each image's range, as means ``[images, inputs]``."""
    seen: dict[nn.Module, torch.Tensor] = {}

    def watch(layer: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        values = channels_first(layer, inputs[0].detach())
        low, high = values.amin((1, 2), keepdim=True), values.amax((1, 2), keepdim=True)
        width = (high - low).clamp_min(1e-12)
        seen[layer] = ((values - low) / width).mean(2)

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_pre_hook(watch)
    network(images)
    return seen


def parts_reached(values: torch.Tensor, sections: int) -> int:
    """Of one input's values: how many images fire, or how many sections are reached."""
    if not sections:
        return sum(float(v) > THRESHOLD for v in values)
    low, width = values.min(), (values.max() - values.min()).clamp_min(1e-12)
    return len({min(sections - 1, int((v - low) / width * sections)) for v in values})


def by_unit(
    group: ChannelGroup, seen: dict[nn.Module, torch.Tensor], sections: int
) -> list[tuple[int, float]]:
    """Return what each unit's inputs reach together, and their mean value."""
    reached, value = [0] * group.units, [Fraction(0)] * group.units
    for member in group.consumers():
        for own, root in zip(member.own.tolist(), member.root.tolist(), strict=True):
            values = seen[member.module][:, own]
            reached[root % group.units] += parts_reached(values, sections)
            value[root % group.units] += Fraction(float(values.double().mean()))
    return [(count, float(mean)) for count, mean in zip(reached, value, strict=True)]


@pytest.mark.parametrize("network_of", [Flattened, TwoReaders, Twice, Grouped])
@pytest.mark.parametrize("sections", [0, 3])
@pytest.mark.parametrize("seed", range(10))
def test_only_equal_shares_are_ordered_by_the_mean_value(
    network_of: type[nn.Module], sections: int, seed: int
) -> None:
    torch.manual_seed(seed)
    network = network_of().eval()
    # few strong pixels in images of unequal strength: share and mean value often disagree
    images = torch.randn(IMAGES, 3, 4, 4).pow(3) * torch.rand(IMAGES, 1, 1, 1).pow(4)
    groups = PruningGraph(network, 4).groups
    criterion = load_criterion("coverage", threshold=THRESHOLD, sections=sections)
    batches = [(images, torch.zeros(IMAGES, dtype=torch.long))]
    scores = criterion.scores(Calibration(network, groups, lambda: batches))
    seen = what_is_read(network, images)
    for group in groups:
        found = group.unit_scores(scores[group.name]).tolist()
        expected = by_unit(group, seen, sections)
        order = sorted(range(group.units), key=found.__getitem__)
        assert order == sorted(range(group.units), key=expected.__getitem__)
        assert max(found) <= 1 + 0.5 / (sections or IMAGES)


def test_a_flatten_does_not_let_the_mean_value_decide() -> None:
    """The first channel fires once, in one image; the second never, but is strong everywhere."""
    network = Flattened().eval()
    with torch.no_grad():
        for parameter in network.first.parameters():
            parameter.zero_()
        for channel in range(3):
            network.first.weight[channel, channel, 1, 1] = 1  # passes the image on
    images = torch.zeros(4, 3, 4, 4)
    images[0, 0, 0, 0] = 1
    images[:, 1] = 0.24
    images[:, 2, 0, 0] = 1  # the range of each image
    groups = PruningGraph(network, 4).groups
    batches = [(images, torch.zeros(4, dtype=torch.long))]
    criterion = load_criterion("coverage", threshold=0.25)
    scores = criterion.scores(Calibration(network, groups, lambda: batches))["first"]
    assert scores[2] > scores[0] > scores[1] > scores[3] == 0
