"""Layers of any make, run on some of their channels."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import timm.layers as of_timm
import torch
from timm.layers import evo_norm, filter_response_norm, grn
from torch import nn
from torchvision.models.convnext import LayerNorm2d
from torchvision.ops import FrozenBatchNorm2d

from budama.pruning.reference.kept_only import filters_on, norm_on
from budama.pruning.reference.lively import enliven
from budama.system.errors import BudamaError

WIDTH = 8
KEPT = torch.tensor([0, 3, 4, 5])  # two of each half


class OwnNorm(nn.Module):
    """Over the channels of [batch, channels, height, width], by code of its own."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1, width, 1, 1))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.scale * (hidden - hidden.mean(1, keepdim=True)) / (1 + hidden.std(1).mean())


class OwnScale(nn.Module):
    """Of the channels on one axis, for which the shape of its parameter stands alone."""

    def __init__(self, width: int, *after: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width, *after))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden * self.scale


FIRST: dict[str, Callable[[int], nn.Module]] = {  # channels on the second axis
    "group": lambda width: nn.GroupNorm(2, width),
    "group without parameters": lambda width: nn.GroupNorm(2, width, affine=False),
    "timm's group": lambda width: of_timm.GroupNorm(width, 2),
    "one group": of_timm.GroupNorm1,
    "group and activation": lambda width: of_timm.GroupNormAct(width, 2),
    "instance": nn.InstanceNorm2d,
    "batch without parameters": lambda width: nn.BatchNorm2d(width, affine=False),
    "frozen batch": FrozenBatchNorm2d,
    "torchvision's layer": lambda width: LayerNorm2d((width,)),
    "timm's layer": of_timm.LayerNorm2d,
    "layer and activation": of_timm.LayerNormAct2d,
    "layer in single precision": of_timm.LayerNorm2dFp32,
    "rms": of_timm.RmsNorm2d,
    "simple": of_timm.SimpleNorm2d,
    "response": lambda width: grn.GlobalResponseNorm(width, channels_last=False),
    "filter response": filter_response_norm.FilterResponseNormTlu2d,
    "evolved": lambda width: evo_norm.EvoNorm2dS0(width, groups=2),
    "layer over the image": lambda width: nn.LayerNorm((width, WIDTH, WIDTH)),
    "its own": OwnNorm,
    "prelu": nn.PReLU,
    "scale": lambda width: OwnScale(width, 1, 1),
}
LAST: dict[str, Callable[[int], nn.Module]] = {
    "layer": nn.LayerNorm,
    "layer without parameters": lambda width: nn.LayerNorm(width, elementwise_affine=False),
    "timm's layer, last": of_timm.LayerNorm,
    "rms, last": nn.RMSNorm,
    "timm's rms, last": of_timm.RmsNorm,
    "response, last": grn.GlobalResponseNorm,
    "scale, last": OwnScale,
}


@pytest.mark.parametrize("kind", [*FIRST, *LAST])
def test_a_norm_sees_the_kept_channels_alone(kind: str) -> None:
    """Eight images of 8 x 8 pixels with eight channels: nothing but the layer tells the axis."""
    torch.manual_seed(0)
    axis, make = (1, FIRST[kind]) if kind in FIRST else (-1, LAST[kind])
    images = torch.randn(8, WIDTH, 8, 8, dtype=torch.float64)
    dense, small = (make(width).eval().double() for width in (WIDTH, len(KEPT)))
    enliven(dense, images)
    for name, tensor in dense.state_dict().items():
        place = small.state_dict()[name]
        sliced = list(tensor.shape) != list(place.shape)
        dim = list(tensor.shape).index(WIDTH) if sliced else 0
        place.copy_(tensor.index_select(dim, KEPT) if sliced else tensor)
    expected = small(images.index_select(axis, KEPT))
    norm_on("norm", dense, KEPT, WIDTH)
    images.index_fill_(axis, torch.tensor([1, 2, 6, 7]), 99)  # what goes plays no part
    found = dense(images)
    torch.testing.assert_close(found.index_select(axis, KEPT), expected)
    assert not found.index_select(axis, torch.tensor([1, 2, 6, 7])).any()


def test_channels_that_are_zero_already_do_not_hide_their_axis() -> None:
    """As many pixels as channels, and the first channel gone: nothing moves there any more."""
    layer = OwnScale(WIDTH, 1, 1)
    kept = torch.tensor([1, 3, 4, 5])
    images = torch.zeros(2, WIDTH, WIDTH, WIDTH)
    images[:, kept] = torch.randn(2, 4, WIDTH, WIDTH)
    norm_on("scale", layer, kept, WIDTH)
    assert layer(images).equal(images)


def test_an_axis_that_nothing_tells_is_refused() -> None:
    """A number for each channel and one for each row: both are eight."""
    layer = OwnScale(WIDTH, WIDTH, 1)
    norm_on("scale", layer, KEPT, WIDTH)
    with pytest.raises(BudamaError, match=r"'scale' has 8 channels.*not found there.*'ignore'"):
        layer(torch.randn(1, WIDTH, WIDTH, WIDTH))


@pytest.mark.parametrize("norm", [nn.GroupNorm(2, WIDTH), of_timm.GroupNormAct(WIDTH, 2)])
def test_groups_that_would_differ_are_refused(norm: nn.Module) -> None:
    with pytest.raises(BudamaError, match=r"layer 'stem\.norm' .*different numbers.*'ignore'"):
        norm_on("stem.norm", norm, torch.tensor([0, 1, 2, 7]), WIDTH)


def test_a_group_may_go_as_a_whole() -> None:
    norm = nn.GroupNorm(4, WIDTH)
    images = torch.randn(2, WIDTH, 4, 4)
    expected = norm(images)
    norm_on("norm", norm, torch.tensor([2, 3, 6, 7]), WIDTH)
    torch.testing.assert_close(norm(images)[:, 6:], expected[:, 6:])


def test_what_reads_something_else_is_refused() -> None:
    norm = OwnNorm(WIDTH)
    norm_on("norm", norm, KEPT, WIDTH)
    with pytest.raises(BudamaError, match=r"layer 'norm' has 8 channels.*\[1, 4, 2, 2\]"):
        norm(torch.randn(1, 4, 2, 2))


STANDARDISED: list[tuple[Any, dict[str, Any]]] = [
    (of_timm.StdConv2d, {}),
    (of_timm.ScaledStdConv2d, {}),
    (of_timm.ScaledStdConv2dSame, {"stride": 2}),
    (of_timm.Conv2dSame, {"stride": 2}),
    (of_timm.StdConv2dSame, {"groups": 2}),
    (of_timm.ScaledStdConv2d, {"groups": 2}),
]


@pytest.mark.parametrize(("kind", "options"), STANDARDISED)
def test_filters_are_made_from_the_kept_inputs_alone(kind: Any, options: dict[str, Any]) -> None:
    torch.manual_seed(0)
    dense = kind(WIDTH, 12, 3, **options)
    images = torch.randn(2, WIDTH, 6, 6)
    outputs = torch.tensor([0, 2, 4, 7, 8, 11])  # three of each half
    small = kind(len(KEPT), len(outputs), 3, **options)
    groups = options.get("groups", 1)
    columns = (KEPT % (WIDTH // groups)).view(groups, -1)
    rows = outputs.view(groups, -1)
    weight = [dense.weight[r][:, c] for r, c in zip(rows, columns, strict=True)]
    state = {name: tensor[outputs] for name, tensor in dense.state_dict().items()}
    small.load_state_dict(state | {"weight": torch.cat(weight)})
    if hasattr(dense, "scale"):
        small.scale = dense.scale
    expected = small(images[:, KEPT])
    filters_on("conv", dense, KEPT, outputs, 1)
    found = dense(images)
    torch.testing.assert_close(found[:, outputs], expected)
    assert found.shape[1] == 12 and not found[:, [1, 3, 5, 6, 9, 10]].any()


def test_depthwise_filters_follow_their_channels() -> None:
    dense = of_timm.StdConv2d(WIDTH, WIDTH, 3, groups=WIDTH)
    images = torch.randn(1, WIDTH, 4, 4)
    expected = copy.deepcopy(dense)(images)
    filters_on("conv", dense, torch.arange(WIDTH), KEPT, 1)
    torch.testing.assert_close(dense(images)[:, KEPT], expected[:, KEPT])
