"""A layer's outputs are rows of its input times its weights, or it is no layer to refit."""

from typing import Any

import pytest
import torch
from timm.layers import Conv2dSame, ScaledStdConv2d, StdConv2d
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from budama.pruning.repair.rows import (
    Layer,
    computes_rows,
    grid_of,
    input_rows,
    matrix,
    output_rows,
    positions_of,
)

CONVOLUTIONS: dict[str, dict[str, Any]] = {
    "plain": {"kernel_size": 3},
    "padded": {"kernel_size": 3, "padding": 1},
    "unequal": {"kernel_size": (3, 5), "padding": (0, 2), "stride": (2, 1), "dilation": (1, 2)},
    "much padded": {"kernel_size": 2, "padding": 1},
    "same": {"kernel_size": (4, 3), "padding": "same"},
    "same, dilated": {"kernel_size": 3, "padding": "same", "dilation": 2},
    "valid": {"kernel_size": 3, "padding": "valid", "stride": 2},
    "strided, last row unread": {"kernel_size": 3, "padding": 1, "stride": 3},
    "kernel smaller than stride": {"kernel_size": 1, "stride": 2},
    "grouped": {"kernel_size": 3, "groups": 2, "padding": 1},
    "without bias": {"kernel_size": 3, "bias": False},
    "reflect": {"kernel_size": 3, "padding": 1, "padding_mode": "reflect"},
    "circular": {"kernel_size": (3, 5), "padding": (1, 2), "padding_mode": "circular"},
    "replicate": {"kernel_size": 5, "padding": 2, "padding_mode": "replicate", "stride": 2},
}


def agree(layer: Layer, inputs: torch.Tensor) -> bool:
    """Whether all rows times the weights are what the layer gives, and ``computes_rows``."""
    with torch.no_grad():
        outputs = layer(inputs)
        positions = torch.arange(positions_of(outputs, layer))
        rows = input_rows(layer, inputs, grid_of(layer, outputs), positions)
        found = rows.double() @ matrix(layer).transpose(1, 2)
        if layer.bias is not None:
            found += layer.bias.view(len(found), 1, -1)
        expected = output_rows(layer, outputs, positions).double()
        return computes_rows(layer, inputs, outputs) and torch.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("size", [(9, 9), (8, 11)])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_a_convolution_is_its_patches_times_its_weights(name: str, size: tuple[int, int]) -> None:
    assert agree(nn.Conv2d(4, 6, **CONVOLUTIONS[name]), torch.randn(2, 4, *size))


@pytest.mark.parametrize("size", [7, 8, 9])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [3, 4])
def test_padding_as_tensorflow_does_is_understood(kernel: int, stride: int, size: int) -> None:
    """It depends on the size of the image, and the side behind has more of it."""
    assert agree(Conv2dSame(3, 4, kernel, stride), torch.randn(2, 3, size, size))


@pytest.mark.parametrize("shape", [(5, 6), (5, 7, 6), (5, 3, 2, 6)])
def test_a_linear_layer_is_its_vectors_times_its_weights(shape: tuple[int, ...]) -> None:
    """Behind a pooling, of tokens, and with the channels last."""
    assert agree(nn.Linear(6, 4), torch.randn(shape))


def test_rows_are_those_of_the_positions_asked_for_image_after_image() -> None:
    layer = nn.Conv2d(2, 3, 1)
    inputs = torch.arange(2 * 2 * 9.0).view(2, 2, 3, 3)
    rows = input_rows(layer, inputs, (3, 3), torch.tensor([0, 5]))
    assert rows.tolist() == [[[0, 9], [5, 14], [18, 27], [23, 32]]]


class Scaled(nn.Linear):
    """Does more than multiply."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return 2 * super().forward(inputs)


class AlongChannels(nn.Linear):
    """Multiplies along another side of its input."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return super().forward(inputs.transpose(1, 2)).transpose(1, 2)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (StdConv2d(3, 4, 3), (2, 3, 8, 8)),
        (ScaledStdConv2d(3, 4, 3), (2, 3, 8, 8)),
        (Scaled(6, 4), (2, 6)),
        (AlongChannels(6, 6), (2, 6, 6)),
        (AlongChannels(5, 4), (2, 5, 6)),
    ],
    ids=["standardised", "standardised and scaled", "scaled", "along channels", "another shape"],
)
def test_layers_that_do_something_else_are_no_rows(layer: Layer, shape: tuple[int, ...]) -> None:
    inputs = torch.randn(shape)
    with torch.no_grad():
        assert not computes_rows(layer, inputs, layer(inputs))


def test_weights_that_are_made_of_others_are_no_layers_own() -> None:
    """What is written to them would be gone with the next image."""
    layer = weight_norm(nn.Linear(6, 4))
    inputs = torch.randn(2, 6)
    assert not computes_rows(layer, inputs, layer(inputs))


def test_outputs_that_are_not_finite_are_no_rows() -> None:
    layer = nn.Linear(6, 4)
    inputs = torch.full((2, 6), torch.nan)
    assert not computes_rows(layer, inputs, layer(inputs))
