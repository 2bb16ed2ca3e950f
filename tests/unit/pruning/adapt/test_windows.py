"""Attentions in windows compute what timm's and torchvision's do."""

import copy
from collections.abc import Callable

import pytest
import timm
import torch
from torch import nn
from torchvision.models.maxvit import RelativePositionalMultiHeadAttention
from torchvision.models.swin_transformer import ShiftedWindowAttention, ShiftedWindowAttentionV2

from budama.pruning.adapt import adapt
from budama.pruning.adapt.windows import by_window, split


def of_timm() -> nn.Module:
    network: nn.Module = timm.create_model(
        "swinv2_tiny_window8_256",
        **{"img_size": 32, "window_size": 4, "embed_dim": 12, "num_classes": 3},
        **{"depths": (2,), "num_heads": (3,)},
    )
    return network


def shifted(kind: type[nn.Module], shift: int) -> nn.Module:
    return kind(12, [4, 4], [shift, shift], 3)


NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "timm's Swin V2": (of_timm, (2, 3, 32, 32)),
    "Swin": (lambda: shifted(ShiftedWindowAttention, 0), (2, 8, 8, 12)),
    "Swin, shifted": (lambda: shifted(ShiftedWindowAttention, 2), (2, 8, 8, 12)),
    "Swin, padded": (lambda: shifted(ShiftedWindowAttention, 2), (2, 6, 10, 12)),
    "Swin, one window": (lambda: shifted(ShiftedWindowAttention, 2), (2, 4, 4, 12)),
    "Swin V2": (lambda: shifted(ShiftedWindowAttentionV2, 2), (2, 8, 8, 12)),
    "MaxViT": (lambda: RelativePositionalMultiHeadAttention(12, 4, 16), (2, 5, 16, 12)),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_what_they_compute_stays_the_same(kind: str) -> None:
    torch.manual_seed(0)
    build, shape = NETWORKS[kind]
    network = nn.Sequential(build()).eval()
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.3)
    adapted, inputs = copy.deepcopy(network), torch.randn(shape)
    names = set(network.state_dict())
    adapt(adapted)
    kinds = [type(layer) for layer in adapted.modules()]
    assert kinds != [type(layer) for layer in network.modules()]
    with torch.no_grad():
        expected = network(inputs)
        torch.testing.assert_close(adapted(inputs), expected)
        adapt(adapted)
        torch.testing.assert_close(adapted(inputs), expected)
    assert [type(layer) for layer in adapted.modules()] == kinds
    assert kind == "timm's Swin V2" or set(adapted.state_dict()) == names


def test_heads_are_taken_from_the_widths_of_what_comes() -> None:
    queries, keys, values = split(torch.arange(2.0 * 4 * 18).view(2, 4, 18), heads=3)
    assert queries.shape == keys.shape == values.shape == (2, 3, 4, 2)
    assert keys[0, 1, 0].tolist() == [8, 9]


def test_a_mask_is_of_the_windows_of_one_image() -> None:
    mask = torch.stack([torch.zeros(4, 4), torch.ones(4, 4)])
    found = by_window(torch.zeros(6, 3, 4, 4), mask)
    assert found.mean((1, 2, 3)).tolist() == [0, 1, 0, 1, 0, 1]
