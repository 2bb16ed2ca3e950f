"""Products that fvcore does not count, by hand and as torch's own counter has them."""

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import bilinear, scaled_dot_product_attention
from torch.utils.flop_counter import FlopCounterMode

from budama.models.figures import count_macs


class Does(nn.Module):
    """A network that does one thing with one image, ``[1, 3, 4, 6]``."""

    def __init__(self, what: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.what = what

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.what(images * self.scale).reshape(1, -1)


WEIGHTS = torch.ones(5, 6)
CASES = {
    "attention": (lambda x: scaled_dot_product_attention(x, x, x), 2 * 3 * 4 * 4 * 6),
    "keys and values of other widths": (
        lambda x: scaled_dot_product_attention(x, WEIGHTS, torch.ones(5, 2)),
        3 * 4 * 5 * (6 + 2),
    ),
    "matmul": (lambda x: x @ x.mT, 3 * 4 * 6 * 4),
    "a first factor that is repeated": (lambda x: torch.ones(7, 4) @ x, 3 * 7 * 4 * 6),
    "matrix and vector": (lambda x: x[0, 0] @ torch.ones(6), 4 * 6),
    "mv": (lambda x: torch.mv(x[0, 0], torch.ones(6)), 4 * 6),
    "dot": (lambda x: torch.dot(x.flatten(), torch.ones(72)), 72),
    "inner": (lambda x: torch.inner(x, WEIGHTS), 3 * 4 * 5 * 6),
    "bmm": (lambda x: torch.bmm(x[0], x[0].mT), 3 * 4 * 6 * 4),
    "baddbmm": (lambda x: torch.baddbmm(torch.ones(1), x[0], x[0].mT), 3 * 4 * 6 * 4),
    "addbmm": (lambda x: torch.addbmm(torch.ones(1), x[0], x[0].mT), 3 * 4 * 6 * 4),
    "addmm": (lambda x: torch.addmm(torch.ones(1), x[0, 0], WEIGHTS.T), 4 * 6 * 5),
    "addmv": (lambda x: torch.addmv(torch.ones(1), x[0, 0], torch.ones(6)), 4 * 6),
    "tensordot": (lambda x: torch.tensordot(x, torch.ones(4, 6, 8), 2), 3 * 4 * 6 * 8),
    "einsum": (lambda x: torch.einsum("bchw,ow->bcho", x, WEIGHTS), 3 * 4 * 6 * 5),
    "bilinear": (
        lambda x: bilinear(x[0, 0], torch.ones(4, 2), torch.ones(5, 6, 2)),
        4 * 5 * (6 * 2 + 2),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_products_are_counted_by_hand(case: str) -> None:
    what, expected = CASES[case]
    assert count_macs(Does(what), torch.ones(1, 3, 4, 6)).total() == expected


@pytest.mark.parametrize("case", ["attention", "matmul", "bmm", "baddbmm", "einsum", "inner"])
def test_torchs_own_counter_says_the_same(case: str) -> None:
    """It knows what these come down to: products of matrices, at two operations each."""
    image = torch.ones(1, 3, 4, 6)
    what, expected = CASES[case]
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        Does(what)(image)
    assert counter.get_total_flops() == 2 * expected


@pytest.mark.parametrize(
    ("layer", "gates", "hidden"),
    [(nn.LSTM, 4, 8), (nn.GRU, 3, 8), (nn.RNN, 1, 8)],
)
def test_recurrent_layers_multiply_every_step(
    layer: Callable[..., nn.RNNBase], gates: int, hidden: int
) -> None:
    class Reads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.reads = layer(12, hidden, batch_first=True)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            rows = images.permute(0, 3, 1, 2).flatten(2)  # six steps of twelve numbers
            read: torch.Tensor = self.reads(rows)[0][:, -1]
            return read

    found = count_macs(Reads(), torch.ones(1, 3, 4, 6)).total()
    assert found == 6 * gates * hidden * (12 + hidden)
