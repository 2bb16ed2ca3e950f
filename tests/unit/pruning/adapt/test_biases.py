"""Biases of queries and values beside their layer become the layer's own."""

import timm
import torch
from torch import nn

from budama.pruning.adapt.biases import join_biases


class Beside(nn.Module):
    """An attention's layer with its biases beside it."""

    def __init__(self, **parts: torch.Tensor | None) -> None:
        super().__init__()
        self.qkv = nn.Linear(4, 12, bias=False)
        for name, part in parts.items():
            if part is None or isinstance(part, nn.Parameter):
                self.register_parameter(name, part)
            else:
                self.register_buffer(name, part)


def test_they_are_joined_in_the_order_of_the_layer() -> None:
    biases = [torch.full((4,), value) for value in (1.0, 0.0, 3.0)]
    layer = Beside(q_bias=nn.Parameter(biases[0]), k_bias=biases[1], v_bias=nn.Parameter(biases[2]))
    layer.qkv.weight.requires_grad_(False)
    join_biases(nn.Sequential(layer))
    assert layer.qkv.bias.tolist() == [1.0] * 4 + [0.0] * 4 + [3.0] * 4
    assert not layer.qkv.bias.requires_grad
    assert not any(isinstance(part, torch.Tensor) for part in vars(layer).values())
    assert getattr(layer, "q_bias", 0) is getattr(layer, "k_bias", 0) is None
    joined = layer.qkv.bias
    join_biases(nn.Sequential(layer))
    assert layer.qkv.bias is joined


def test_what_is_not_all_there_stays() -> None:
    for parts in ({}, {"q_bias": nn.Parameter(torch.ones(4)), "k_bias": None, "v_bias": None}):
        layer = Beside(**parts)
        join_biases(layer)
        assert layer.qkv.bias is None


def test_beit_computes_the_same() -> None:
    torch.manual_seed(0)
    network = timm.create_model(
        "beit_base_patch16_224",
        **{"img_size": 32, "embed_dim": 12, "depth": 1, "num_heads": 3, "num_classes": 3},
    ).eval()
    for name, parameter in network.named_parameters():
        if name.endswith("_bias"):
            nn.init.normal_(parameter)
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        before = network(images)
        join_biases(network)
        torch.testing.assert_close(network(images), before)
    assert network.blocks[0].attn.qkv.bias.shape == (36,)
