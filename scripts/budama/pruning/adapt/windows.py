"""Attention in windows (Swin, Swin V2, MaxViT) with widths of its own.

timm's and torchvision's layers give the heads' values the width of what the layer reads. These
compute the same, whatever number of heads is left.
"""

import math
from typing import Any

import torch
from timm.models.swin_transformer_v2 import WindowAttention as TimmV2
from torch import nn
from torch.nn import functional
from torchvision.models.maxvit import RelativePositionalMultiHeadAttention
from torchvision.models.swin_transformer import (
    ShiftedWindowAttention,
    ShiftedWindowAttentionV2,
)

_OTHER_REGION = -100.0  # what is added for positions that are no neighbours in the image
_SHARPEST = math.log(100.0)


class FreeTimmV2(TimmV2):  # type: ignore[misc]
    """timm's attention of Swin V2."""

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return ``[windows, positions, channels]`` for the same; ``mask`` is added per window."""
        queries, keys, values = _split(self.qkv(x), self.num_heads)
        weights = _cosine(queries, keys, self.logit_scale) + _bias_of(self)
        if mask is not None:
            weights = _by_window(weights, mask)
        weights = self.attn_drop(weights.softmax(-1))
        given: torch.Tensor = self.proj_drop(self.proj(_joined(weights @ values)))
        return given


class FreeShifted(ShiftedWindowAttention):  # type: ignore[misc]
    """torchvision's attention in shifted windows; ``scale`` is the dense one's."""

    scale: float

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ``[batch, height, width, channels]`` for the same."""
        height, width = x.shape[1:3]
        sides = self.window_size
        x = functional.pad(x, (0, 0, 0, -width % sides[1], 0, -height % sides[0]))
        padded = x.shape[1:3]
        shifts = [
            0 if s >= p else shift
            for s, p, shift in zip(sides, padded, self.shift_size, strict=True)
        ]
        moved = any(shifts)
        if moved:
            x = x.roll((-shifts[0], -shifts[1]), (1, 2))
        grid = padded[0] // sides[0], padded[1] // sides[1]
        windows = _windows(x, grid, sides)
        queries, keys, values = _split(self.qkv(windows), self.num_heads)
        weights = self._weights(queries, keys) + self.get_relative_position_bias()
        if moved:
            weights = _by_window(weights, _regions(x, grid, sides, shifts))
        weights = functional.dropout(weights.softmax(-1), self.attention_dropout, self.training)
        given = self.proj(_joined(weights @ values))
        given = functional.dropout(given, self.dropout, self.training)
        given = given.reshape(-1, *grid, sides[0], sides[1], given.shape[-1])
        given = given.transpose(2, 3).flatten(3, 4).flatten(1, 2)
        if moved:
            given = given.roll((shifts[0], shifts[1]), (1, 2))
        whole: torch.Tensor = given[:, :height, :width].contiguous()
        return whole

    def _weights(self, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        weights: torch.Tensor = queries * self.scale @ keys.mT
        return weights


class FreeShiftedV2(FreeShifted, ShiftedWindowAttentionV2):  # type: ignore[misc]
    """torchvision's attention of Swin V2."""

    def _weights(self, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        return _cosine(queries, keys, self.logit_scale)


class FreeRelative(RelativePositionalMultiHeadAttention):  # type: ignore[misc]
    """torchvision's attention of MaxViT, in windows and in grids."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ``[batch, windows, positions, channels]`` for the same."""
        qkv = self.to_qkv(x)
        parts = qkv.reshape(*qkv.shape[:-1], 3, self.n_heads, -1).unbind(-3)
        queries, keys, values = (part.transpose(2, 3) for part in parts)
        weights = queries @ (keys * self.scale_factor).mT + self.get_relative_positional_bias()
        given: torch.Tensor = self.merge((weights.softmax(-1) @ values).transpose(2, 3).flatten(3))
        return given


_FREE: dict[type[nn.Module], type[nn.Module]] = {
    TimmV2: FreeTimmV2,
    ShiftedWindowAttention: FreeShifted,
    ShiftedWindowAttentionV2: FreeShiftedV2,
    RelativePositionalMultiHeadAttention: FreeRelative,
}


def free_windows(network: nn.Module) -> None:
    """Give the attentions in windows of ``network`` widths of their own, in place."""
    for layer in network.modules():
        free = _FREE.get(type(layer))
        if free is None:
            continue
        layer.__class__ = free
        if isinstance(layer, FreeShifted):
            layer.scale = (layer.qkv.out_features // 3 // layer.num_heads) ** -0.5
        if isinstance(layer, FreeShiftedV2) and layer.qkv.bias is not None:
            # which it sets to zero at each run
            part = layer.qkv.out_features // 3
            layer.qkv.bias.data[part : 2 * part] = 0


def _split(qkv: torch.Tensor, heads: int) -> tuple[torch.Tensor, ...]:
    """Return queries, keys and values, each ``[windows, heads, positions, width]``."""
    parts = qkv.reshape(*qkv.shape[:2], 3, heads, -1).unbind(2)
    return tuple(part.transpose(1, 2) for part in parts)


def _joined(values: torch.Tensor) -> torch.Tensor:
    return values.transpose(1, 2).flatten(2)


def _cosine(queries: torch.Tensor, keys: torch.Tensor, logit_scale: torch.Tensor) -> torch.Tensor:
    """Return scaled cosines (Liu et al., Swin Transformer V2, CVPR 2022)."""
    cosines = functional.normalize(queries, dim=-1) @ functional.normalize(keys, dim=-1).mT
    return cosines * logit_scale.clamp(max=_SHARPEST).exp()


def _bias_of(layer: Any) -> torch.Tensor:
    """Return the relative position bias of timm's layer, ``[1, heads, positions, positions]``."""
    table = layer.cpb_mlp(layer.relative_coords_table).flatten(0, 2)
    positions = layer.window_size[0] * layer.window_size[1]
    bias: torch.Tensor = table[layer.relative_position_index.view(-1)]
    return 16 * bias.reshape(positions, positions, -1).permute(2, 0, 1).sigmoid()[None]


def _by_window(weights: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Add ``mask``, ``[windows of an image, positions, positions]``."""
    of_images = weights.reshape(-1, len(mask), *weights.shape[1:])
    return (of_images + mask[:, None]).flatten(0, 1)


def _windows(x: torch.Tensor, grid: tuple[int, int], sides: list[int]) -> torch.Tensor:
    """Return ``[batch x windows, positions, channels]``."""
    parts = x.reshape(len(x), grid[0], sides[0], grid[1], sides[1], x.shape[-1])
    return parts.transpose(2, 3).flatten(3, 4).flatten(0, 2)


def _regions(
    x: torch.Tensor, grid: tuple[int, int], sides: list[int], shifts: list[int]
) -> torch.Tensor:
    """Return what keeps positions apart that the shift has brought into one window."""
    rows, columns = (
        torch.arange(size, device=x.device).unsqueeze(1)
        >= torch.tensor([size - side, size - shift], device=x.device)
        for size, side, shift in zip(x.shape[1:3], sides, shifts, strict=True)
    )
    region = 3 * rows.sum(1)[:, None] + columns.sum(1)
    parts = _windows(region[None, :, :, None], grid, sides)[..., 0]
    apart = parts[:, :, None] != parts[:, None, :]
    return torch.zeros(apart.shape, dtype=x.dtype, device=x.device).masked_fill(
        apart, _OTHER_REGION
    )
