"""Our multi-head attention computes what PyTorch's does."""

from typing import Any

import pytest
import torch
from torch import nn

from budama.pruning.adapt import adapt
from budama.pruning.adapt.multihead import Attention, replace_multihead

POSITIONS = 5


class Holder(nn.Module):
    """A network that is one attention."""

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.attention = nn.MultiheadAttention(12, 3, **settings)
        if self.attention.in_proj_bias is not None:
            nn.init.normal_(self.attention.in_proj_bias)


def both(**settings: Any) -> tuple[nn.Module, nn.Module]:
    """Return PyTorch's attention, and ours in its place."""
    theirs, ours = Holder(**settings).eval(), Holder(**settings).eval()
    replace_multihead(ours)
    assert isinstance(ours.attention, Attention)
    return theirs.attention, ours.attention


def agree(found: Any, expected: Any) -> None:
    for one, other in zip(found, expected, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("asked", [{}, {"need_weights": False}, {"average_attn_weights": False}])
def test_it_attends_to_itself(batch_first: bool, bias: bool, asked: dict[str, bool]) -> None:
    theirs, ours = both(batch_first=batch_first, bias=bias)
    x = torch.randn(2, POSITIONS, 12)
    agree(ours(x, x, x, **asked), theirs(x, x, x, **asked))


@pytest.mark.parametrize("batch_first", [True, False])
def test_it_attends_to_others(batch_first: bool) -> None:
    theirs, ours = both(batch_first=batch_first)
    batch = (2,) if batch_first else ()
    query, key, value = (
        torch.randn(*batch, number, *(() if batch_first else (2,)), 12) for number in (3, 5, 5)
    )
    agree(ours(query, key, value), theirs(query, key, value))


def test_without_a_batch_and_with_another_scale_of_values() -> None:
    theirs, ours = both()
    x, other = torch.randn(POSITIONS, 12), torch.randn(4, 12)
    agree(ours(x, x, x), theirs(x, x, x))
    agree(ours(x, other, other), theirs(x, other, other))


CAUSAL = torch.ones(POSITIONS, POSITIONS).triu(1).bool()
MASKS: dict[str, dict[str, Any]] = {
    "which positions": {"attn_mask": CAUSAL},
    "added": {"attn_mask": torch.randn(POSITIONS, POSITIONS)},
    "of each head": {"attn_mask": torch.randn(2 * 3, POSITIONS, POSITIONS)},
    "of the keys": {"key_padding_mask": torch.tensor([[False] * 4 + [True], [False] * 5])},
    "both": {
        "attn_mask": CAUSAL,
        "key_padding_mask": torch.tensor([[False] * 4 + [True], [False] * 5]),
    },
    "said to be causal": {"attn_mask": CAUSAL, "is_causal": True, "need_weights": False},
}


@pytest.mark.parametrize("kind", MASKS)
def test_masks_are_heeded(kind: str) -> None:
    theirs, ours = both(batch_first=True)
    x = torch.randn(2, POSITIONS, 12)
    agree(ours(x, x, x, **MASKS[kind]), theirs(x, x, x, **MASKS[kind]))


@pytest.mark.parametrize("norm_first", [True, False])
def test_pytorchs_transformers_run_with_it(norm_first: bool) -> None:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(12, 3, 20, norm_first=norm_first, batch_first=True).eval()
    network = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    x = torch.randn(2, POSITIONS, 12)
    expected = network(x)
    adapt(network)
    with torch.no_grad():
        torch.testing.assert_close(network(x), expected)
    before = list(network.modules())
    adapt(network)
    assert list(network.modules()) == before


def test_weights_are_the_same_and_so_are_frozen_ones_and_the_mode() -> None:
    holder = Holder(dropout=0.5)
    holder.attention.in_proj_weight.requires_grad_(False)
    theirs = holder.attention
    replace_multihead(holder.train())
    assert holder.attention.training and holder.attention.dropout == 0.5
    assert holder.get_parameter("attention.in_proj.weight") is theirs.in_proj_weight
    assert not holder.get_parameter("attention.in_proj.weight").requires_grad
    assert holder.get_parameter("attention.out_proj.bias") is theirs.out_proj.bias


@pytest.mark.parametrize(
    "settings", [{"kdim": 8}, {"vdim": 8}, {"add_bias_kv": True}, {"add_zero_attn": True}]
)
def test_unusual_ones_are_left_as_they_are(settings: dict[str, Any]) -> None:
    holder = Holder(**settings)
    before = holder.attention
    replace_multihead(holder)
    assert holder.attention is before
