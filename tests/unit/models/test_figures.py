import logging

import pytest
import torch
from torch import nn

from budama.models.architecture import build
from budama.models.figures import figures

MIB = 2**20


def test_sizes_are_the_published_ones() -> None:
    """``Boyut (MB)`` of the published reports: 97.70 and 68.11."""
    assert round(figures(build("torchvision/resnet50", 1000), 224).size_bytes / MIB, 2) == 97.70
    b4 = figures(build("torchvision/efficientnet_b4", 101), 380)
    assert round(b4.size_bytes / MIB, 2) == 68.11


def test_macs_of_a_convolution_are_counted_by_hand() -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Flatten(), nn.Linear(8 * 16, 5))
    found = figures(network, 4)
    assert found.macs == 4 * 4 * 8 * 3 * 9 + 8 * 16 * 5
    assert found.params == 8 * 3 * 9 + 8 + 5 * 128 + 5


def test_what_cannot_be_counted_is_named(caplog: pytest.LogCaptureFixture) -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution = nn.Conv2d(3, 4, 1)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.cumsum(self.convolution(images), 1)

    with caplog.at_level(logging.WARNING):
        figures(Odd(), 4)
    assert "aten::cumsum" in caplog.text
