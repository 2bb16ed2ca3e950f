"""Attention of Swin, Swin V2, MaxViT and BEiT with widths of its own.

timm's and torchvision's layers give the heads' values the width of what the layer reads. Those that
take their place compute the same, whatever number of heads is left.
"""

import math
from importlib import import_module

import torch
from torch import nn
from torch.nn import functional

_SHARPEST = math.log(100.0)
# By the names of the classes: whoever has no such network needs neither library
_FREE = {
    "timm.models.beit.Attention": "of_timm.FreeBeit",
    "timm.models.swin_transformer_v2.WindowAttention": "of_timm.FreeWindowAttention",
    "torchvision.models.swin_transformer.ShiftedWindowAttention": "of_torchvision.FreeShifted",
    "torchvision.models.swin_transformer.ShiftedWindowAttentionV2": "of_torchvision.FreeShiftedV2",
    "torchvision.models.maxvit.RelativePositionalMultiHeadAttention": "of_torchvision.FreeRelative",
}


def free_windows(network: nn.Module) -> None:
    """Give the attentions in windows of ``network`` widths of their own, in place."""
    for layer in network.modules():
        kind = type(layer)
        free = _FREE.get(f"{kind.__module__}.{kind.__qualname__}")
        if free is not None:
            module, name = free.split(".")
            layer.__class__ = getattr(import_module(f"{__package__}.{module}"), name)
            settle = getattr(layer, "settle", None)
            if settle is not None:
                settle()


def split(qkv: torch.Tensor, heads: int) -> tuple[torch.Tensor, ...]:
    """Return queries, keys and values, each ``[windows, heads, positions, width]``."""
    parts = qkv.reshape(*qkv.shape[:2], 3, heads, -1).unbind(2)
    return tuple(part.transpose(1, 2) for part in parts)


def joined(values: torch.Tensor) -> torch.Tensor:
    """Return the values of all heads side by side, ``[windows, positions, heads x width]``."""
    return values.transpose(1, 2).flatten(2)


def cosine(queries: torch.Tensor, keys: torch.Tensor, logit_scale: torch.Tensor) -> torch.Tensor:
    """Return scaled cosines (Liu et al., Swin Transformer V2, CVPR 2022)."""
    cosines = functional.normalize(queries, dim=-1) @ functional.normalize(keys, dim=-1).mT
    return cosines * logit_scale.clamp(max=_SHARPEST).exp()


def by_window(weights: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Add ``mask``, ``[windows of an image, positions, positions]``."""
    of_images = weights.reshape(-1, len(mask), *weights.shape[1:])
    return (of_images + mask[:, None]).flatten(0, 1)
