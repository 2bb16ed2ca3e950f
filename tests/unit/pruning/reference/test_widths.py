"""A scale that a layer computes from its number of channels is no average over them."""

import math
from typing import Any

import pytest
import timm.layers as of_timm
import torch
from torch import nn
from torch.nn import functional

from budama.pruning.graph import PruningGraph

WIDTH = 16


class EqualisedConv(nn.Conv2d):
    """An equalised learning rate: the scale comes from the inputs, at every run."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        weight = self.weight * self.in_channels**-0.5
        return functional.conv2d(hidden, weight, self.bias, self.stride, self.padding)


class MeanConv(nn.Conv2d):
    """As an average over the inputs would, were it one over the weights."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(hidden, self.weight / hidden.shape[1], self.bias)


class FanOutConv(nn.Conv2d):
    """A scale from the outputs."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(hidden, self.weight * self.out_channels**-0.5, self.bias)


class StandardisedByHand(nn.Conv2d):
    """As published: with the deviation of a sample, and something against zero."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        deviation = weight.std((1, 2, 3), keepdim=True) + 1e-5
        return functional.conv2d(hidden, weight / deviation, self.bias)


class NormalisedConv(nn.Conv2d):
    """Filters of length one."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        length = self.weight.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
        return functional.conv2d(hidden, self.weight / length, self.bias)


class PerChannel(nn.Module):
    """One number per channel of [batch, channels, height, width]."""

    def __init__(self) -> None:
        super().__init__()
        self.q = nn.Parameter(torch.rand(WIDTH) + 0.5)

    @property
    def by_channel(self) -> torch.Tensor:
        return self.q[:, None, None]


def _length(hidden: torch.Tensor) -> torch.Tensor:
    return hidden.square().sum(1, keepdim=True).sqrt()


class Scale(PerChannel):
    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden * self.by_channel


class GateByWidth(PerChannel):
    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        total = (hidden * self.by_channel).sum(1, keepdim=True)
        return hidden * torch.sigmoid(3 * total * hidden.shape[1] ** -0.5)


class Gate(PerChannel):
    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden * torch.sigmoid((hidden * self.by_channel).sum(1, keepdim=True))


class ScaleByWidth(PerChannel):
    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden * self.by_channel / math.sqrt(len(self.q))


class RootMeanSquare(PerChannel):
    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.by_channel * (hidden / hidden.square().mean(1, keepdim=True).sqrt())


class LengthOne(PerChannel):
    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.by_channel * (hidden / _length(hidden))


class LengthOfWidth(PerChannel):
    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.by_channel * (hidden * hidden.shape[1] / _length(hidden))


class SampleDeviation(PerChannel):
    """A layer norm as many write it."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        centred = hidden - hidden.mean(1, keepdim=True)
        return self.by_channel * centred / (hidden.std(1, keepdim=True) + 1e-6)


class Softmax(PerChannel):
    """Shares of a sum over the channels, of which one at zero would have one, too."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden * torch.softmax(hidden * self.by_channel, 1)


def made(kind: Any) -> nn.Module:
    layer: nn.Module = kind(WIDTH, WIDTH, 1) if issubclass(kind, nn.Conv2d) else kind()
    return layer


def cut(layer: nn.Module, size: int) -> set[str]:
    """Return which channels can be cut, those that ``layer`` reads ("0") or makes ("2").

    There may be as many pixels as channels: nothing but the layer tells the axis of the channels.
    """
    torch.manual_seed(0)
    network = nn.Sequential(
        *(nn.Conv2d(3, WIDTH, 3, padding=1), nn.GELU(), layer, nn.GELU(), nn.Conv2d(WIDTH, 5, 1)),
        *(nn.Flatten(2), nn.AdaptiveAvgPool1d(1), nn.Flatten()),
    )
    graph = PruningGraph(network, torch.zeros(1, 3, size, size))
    assert all("does not compute what the dense one" in reason for reason in graph.whole.values())
    return {group.name for group in graph.groups}


@pytest.mark.parametrize("size", [12, WIDTH])
@pytest.mark.parametrize(
    ("kind", "left"),
    [
        *((kind, {"2"}) for kind in (EqualisedConv, MeanConv)),
        (FanOutConv, {"0"}),
        *((kind, set()) for kind in (GateByWidth, ScaleByWidth, LengthOfWidth, Softmax)),
    ],
)
def test_a_scale_by_the_width_stays_whole(kind: Any, left: set[str], size: int) -> None:
    assert cut(made(kind), size) == left


@pytest.mark.parametrize("size", [12, WIDTH])
@pytest.mark.parametrize(
    "kind",
    [
        *(StandardisedByHand, NormalisedConv, of_timm.Conv2dSame, of_timm.ScaledStdConv2d),
        *(Scale, Gate, RootMeanSquare, LengthOne, SampleDeviation),
    ],
)
def test_averages_and_sums_are_cut(kind: Any, size: int) -> None:
    assert "0" in cut(made(kind), size)
