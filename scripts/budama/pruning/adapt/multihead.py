"""PyTorch's multi-head attention with widths of its own.

``nn.MultiheadAttention`` takes the width of its heads from the width of what it reads, and its
number of heads for fixed. ``Attention`` computes the same from the shapes of its weights, so that
heads, their width and what it reads can be cut apart.
"""

import torch
from torch import nn
from torch.nn import functional


class Attention(nn.Module):
    """Scaled dot-product attention (Vaswani et al., NeurIPS 2017) with the arguments of PyTorch's.

    ``in_proj`` makes queries, keys and values, ``[3 x heads x width, inputs]``; ``scale``, one over
    the root of the dense heads' width, stays when they shrink.
    """

    # asked by PyTorch's transformer layers, which else run code that counts on equal widths
    batch_first: bool
    in_proj_bias = None
    _qkv_same_embed_dim = False

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        weight, bias = attention.in_proj_weight, attention.in_proj_bias
        self.in_proj = nn.Linear(1, 1, bias=bias is not None, device="meta")
        self.in_proj.in_features, self.in_proj.out_features = weight.shape[1], weight.shape[0]
        self.in_proj.weight = weight
        if bias is not None:
            self.in_proj.bias = bias
        # PyTorch's own is a class of its own that differs in nothing
        self.out_proj = nn.Linear(1, 1, bias=attention.out_proj.bias is not None, device="meta")
        self.out_proj.in_features = attention.out_proj.in_features
        self.out_proj.out_features = attention.out_proj.out_features
        self.out_proj.weight = attention.out_proj.weight
        if attention.out_proj.bias is not None:
            self.out_proj.bias = attention.out_proj.bias
        self.num_heads = attention.num_heads
        self.scale = float(attention.head_dim) ** -0.5
        self.dropout = attention.dropout
        self.batch_first = attention.batch_first

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        key_padding_mask: torch.Tensor | None = None,
        need_weights: bool = True,
        attn_mask: torch.Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return the attended values, and the weights where they are asked for."""
        del is_causal  # a hint: the mask says the same
        alone = query.ndim == 2  # noqa: PLR2004
        if alone:
            query, key, value = (x.unsqueeze(1 - self.batch_first) for x in (query, key, value))
            key_padding_mask = None if key_padding_mask is None else key_padding_mask[None]
        together = query is key and key is value
        if not self.batch_first:
            query, key, value = (x.transpose(0, 1) for x in (query, key, value))
        q, k, v = self._heads(query, key, value, together=together)
        weights = q * self.scale @ k.transpose(-2, -1)
        mask = _mask(attn_mask, key_padding_mask, weights)
        if mask is not None:
            weights = weights + mask
        weights = weights.softmax(-1)
        dropped = functional.dropout(weights, self.dropout, self.training)
        given = self.out_proj((dropped @ v).transpose(1, 2).flatten(2))
        if not self.batch_first:
            given = given.transpose(0, 1)
        if alone:
            given = given.squeeze(1 - self.batch_first)
        if not need_weights:
            return given, None
        weights = weights.mean(1) if average_attn_weights else weights
        return given, weights[0] if alone else weights

    def _heads(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, together: bool
    ) -> tuple[torch.Tensor, ...]:
        """Return queries, keys and values, each ``[batch, heads, positions, width]``."""
        if together:
            qkv = self.in_proj(query)
            parts = qkv.reshape(*qkv.shape[:2], 3, self.num_heads, -1).unbind(-3)
        else:
            weights = self.in_proj.weight.chunk(3)
            biases = self.in_proj.bias.chunk(3) if self.in_proj.bias is not None else [None] * 3
            parts = tuple(
                functional.linear(x, w, b).reshape(*x.shape[:2], self.num_heads, -1)
                for x, w, b in zip((query, key, value), weights, biases, strict=True)
            )
        return tuple(part.transpose(1, 2) for part in parts)


def _mask(
    attn_mask: torch.Tensor | None, padding: torch.Tensor | None, weights: torch.Tensor
) -> torch.Tensor | None:
    """Return what is added to the weights ``[batch, heads, queries, keys]`` before the softmax."""
    found = None
    if attn_mask is not None:
        found = _added(attn_mask, weights)
        if found.ndim == 3:  # noqa: PLR2004  # [batch x heads, queries, keys]
            found = found.view(len(weights), -1, *found.shape[1:])
    if padding is not None:
        of_keys = _added(padding, weights)[:, None, None]
        found = of_keys if found is None else found + of_keys
    return found


def _added(mask: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    if mask.dtype != torch.bool:
        return mask.to(weights)
    return weights.new_zeros(mask.shape).masked_fill(mask, float("-inf"))


def replace_multihead(network: nn.Module) -> None:
    """Replace every attention of PyTorch in ``network``, in place, where it is of the usual form.

    Left as they are: attentions with added keys, or whose keys or values have a width of their own.
    """
    for layer in list(network.modules()):
        for name, child in list(layer.named_children()):
            if type(child) is nn.MultiheadAttention and _usual(child):
                replaced = Attention(child)
                replaced.train(child.training)
                setattr(layer, name, replaced)


def _usual(attention: nn.MultiheadAttention) -> bool:
    return (
        attention._qkv_same_embed_dim
        and attention.bias_k is None
        and not attention.add_zero_attn
        and not attention._forward_hooks
    )
