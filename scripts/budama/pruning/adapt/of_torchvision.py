"""torchvision's attentions of Swin, Swin V2 and MaxViT with widths of their own."""

import torch
from torch.nn import functional
from torchvision.models.maxvit import RelativePositionalMultiHeadAttention
from torchvision.models.swin_transformer import (
    ShiftedWindowAttention,
    ShiftedWindowAttentionV2,
)

from budama.pruning.adapt.windows import by_window, cosine, joined, split

_OTHER_REGION = -100.0  # what is added for positions that are no neighbours in the image


class FreeShifted(ShiftedWindowAttention):  # type: ignore[misc]
    """torchvision's attention in shifted windows; ``scale`` is the dense one's."""

    scale: float

    def settle(self) -> None:
        """Take the scale from the dense widths."""
        self.scale = (self.qkv.out_features // 3 // self.num_heads) ** -0.5

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
        queries, keys, values = split(self.qkv(windows), self.num_heads)
        weights = self._weights(queries, keys) + self.get_relative_position_bias()
        if moved:
            weights = by_window(weights, _regions(x, grid, sides, shifts))
        weights = functional.dropout(weights.softmax(-1), self.attention_dropout, self.training)
        given = self.proj(joined(weights @ values))
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

    def settle(self) -> None:
        """Set to zero what the library's own code sets to zero at each run: the keys' bias."""
        if self.qkv.bias is not None:
            part = self.qkv.out_features // 3
            self.qkv.bias.data[part : 2 * part] = 0

    def _weights(self, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        return cosine(queries, keys, self.logit_scale)


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
