import logging

import pytest
import torch
from torch import nn

from budama.models.architecture import build
from budama.models.figures import count_macs, figures
from budama.system.errors import BudamaError

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


@pytest.mark.parametrize(
    ("model", "giga"),
    [("timm/deit_tiny_patch16_224", 1.26), ("torchvision/swin_t", 4.5)],
)
def test_macs_of_transformers_are_the_published_ones(model: str, giga: float) -> None:
    """Touvron et al., 2021, arXiv 2012.12877: 1.3 G; Liu et al., 2021, arXiv 2103.14030: 4.5 G."""
    assert figures(build(model, 1000), 224).macs / 1e9 == pytest.approx(giga, rel=0.005)


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 32, 4, 4)
        layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, None]:
        tokens = self.patches(images).flatten(2).transpose(1, 2)
        return self.encoder(tokens).mean(1), None


@pytest.mark.parametrize("frozen", [False, True])
def test_torchs_fused_encoders_are_counted(*, frozen: bool) -> None:
    """Frozen, in evaluation mode, torch would run a whole encoder as one unknown operator."""
    network = Encoder().requires_grad_(not frozen).eval()
    tokens, width = 64, 32
    products = 4 * width * width + 2 * tokens * width + 2 * width * 64
    norms = 2 * 5 * width  # as fvcore counts them
    expected = tokens * 48 * width + 2 * tokens * (products + norms)
    with torch.no_grad():
        assert figures(network, 32).macs == expected
    assert torch.backends.mha.get_fastpath_enabled()


class Upside(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        maps: torch.Tensor = self.convolution(images)
        return maps.reshape(1, 7)


@pytest.mark.parametrize("network", [Upside(), build("timm/hrnet_w18_small", 10)])
def test_what_does_not_run_is_a_sentence_and_leaves_no_hooks(network: nn.Module) -> None:
    layers = list(network.modules())
    layers[1].eval()
    modes = [layer.training for layer in layers]
    with pytest.raises(BudamaError, match=r"cannot be counted at 100 x 100 pixels: RuntimeError"):
        count_macs(network, 100)
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in layers)
    assert [layer.training for layer in layers] == modes


def test_a_network_without_weights_is_a_sentence() -> None:
    with pytest.raises(BudamaError, match="no weights"):
        figures(nn.Flatten(), 8)
