"""Biases of queries, keys and values that stand beside their layer become the layer's own.

BEiT and Swin V2 of timm hold them apart, because keys have none: zeros in a buffer.
"""

import torch
from torch import nn

_PARTS = ("q_bias", "k_bias", "v_bias")


def join_biases(network: nn.Module) -> None:
    """Join them in every attention of ``network`` that has a ``qkv`` layer, in place."""
    for layer in network.modules():
        qkv = getattr(layer, "qkv", None)
        parts = [getattr(layer, name, None) for name in _PARTS]
        tensors = [part for part in parts if isinstance(part, torch.Tensor)]
        if not isinstance(qkv, nn.Linear) or qkv.bias is not None or len(tensors) != len(_PARTS):
            continue
        joined = torch.cat([tensor.detach() for tensor in tensors])
        qkv.bias = nn.Parameter(joined, requires_grad=qkv.weight.requires_grad)
        for name in _PARTS:
            delattr(layer, name)
            setattr(layer, name, None)
