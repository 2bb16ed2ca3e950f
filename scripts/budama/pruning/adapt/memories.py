"""What a network remembers of an earlier run, beside its parameters and buffers."""

import torch
from torch import nn

_REGISTRIES = {"_parameters", "_buffers", "_modules"}


def forget(network: nn.Module) -> None:
    """Empty the dictionaries of tensors that layers of ``network`` hold, in place.

    LeViT and EfficientFormer of timm keep the biases of their attentions there, by device: of the
    dense widths, when the network has run before it is cut.
    """
    for layer in network.modules():
        for name, held in vars(layer).items():
            tensors = isinstance(held, dict) and name not in _REGISTRIES and held.values()
            if tensors and all(isinstance(value, torch.Tensor) for value in tensors):
                setattr(layer, name, {})
