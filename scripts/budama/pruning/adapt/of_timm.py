"""timm's attentions of BEiT and Swin V2 with widths of their own."""

from typing import Any

import torch
from timm.models import beit
from timm.models.swin_transformer_v2 import WindowAttention

from budama.pruning.adapt.windows import by_window, cosine, joined, split


class FreeBeit(beit.Attention):  # type: ignore[misc]
    """Has as many heads, and as wide, as its weights say."""

    def forward(
        self, x: torch.Tensor, shared_rel_pos_bias: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return ``[batch, positions, channels]`` for the same."""
        queries, keys, values = split(self.qkv(x), self.num_heads)
        weights = queries * self.scale @ keys.mT
        if self.relative_position_bias_table is not None:
            weights = weights + self._get_rel_pos_bias()
        if shared_rel_pos_bias is not None:
            weights = weights + shared_rel_pos_bias
        weights = self.attn_drop(weights.softmax(-1))
        given: torch.Tensor = self.proj_drop(self.proj(joined(weights @ values)))
        return given


class FreeWindowAttention(WindowAttention):  # type: ignore[misc]
    """Has as many heads, and as wide, as its weights say."""

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return ``[windows, positions, channels]`` for the same; ``mask`` is added per window."""
        queries, keys, values = split(self.qkv(x), self.num_heads)
        weights = cosine(queries, keys, self.logit_scale) + _bias_of(self)
        if mask is not None:
            weights = by_window(weights, mask)
        weights = self.attn_drop(weights.softmax(-1))
        given: torch.Tensor = self.proj_drop(self.proj(joined(weights @ values)))
        return given


def _bias_of(layer: Any) -> torch.Tensor:
    """Return the relative position bias of timm's layer, ``[1, heads, positions, positions]``."""
    table = layer.cpb_mlp(layer.relative_coords_table).flatten(0, 2)
    positions = layer.window_size[0] * layer.window_size[1]
    bias: torch.Tensor = table[layer.relative_position_index.view(-1)]
    return 16 * bias.reshape(positions, positions, -1).permute(2, 0, 1).sigmoid()[None]
