"""Nothing but the comparison with the dense network accepts a cut, and it accepts no mistake."""

import pytest
import torch
from torch import nn

from budama.system.errors import BudamaError
from tests.unit.pruning.planted import (
    NORMS,
    Attention,
    Branches,
    Gated,
    Key,
    Mistake,
    Residual,
    backwards,
    instead,
    interleaved,
    left_out,
    other_half,
    shifted,
    verify,
)

STRUCTURES = {"attention": Attention, "branches": Branches, "gated": Gated}


def network(kind: str) -> nn.Module:
    torch.manual_seed(0)
    return STRUCTURES[kind]() if kind in STRUCTURES else Residual(kind)


@pytest.mark.parametrize("kind", [*NORMS, *STRUCTURES])
def test_a_right_cut_is_accepted(kind: str) -> None:
    verify(network(kind))


IN_EVERY_KIND: list[tuple[Mistake, Key]] = [
    (interleaved, ("inner", "weight", 0)),
    (shifted, ("outer", "weight", 1)),
    (shifted, ("inner", "weight", 1)),
    (shifted, ("outer", "weight", 0)),
    (shifted, ("", "gamma", 0)),
    (backwards, ("last", "weight", 1)),
    (interleaved, ("head", "weight", 1)),
    (instead(("head", "weight", 1)), ("outer", "weight", 1)),
    (left_out, ("outer", "bias", 0)),
    (left_out, ("last", "weight", 1)),
]
IN_NORMS: list[tuple[Mistake, Key]] = [
    (shifted, ("inner_norm", "weight", 0)),
    (backwards, ("last_norm", "weight", 0)),
    (instead(("last_norm", "weight", 0)), ("inner_norm", "weight", 0)),
]
IN_STRUCTURES: dict[str, list[tuple[Mistake, Key]]] = {
    "attention": [
        (shifted, ("k", "weight", 0)),  # other pairs of channels are multiplied
        (backwards, ("q", "bias", 0)),
        (interleaved, ("v", "weight", 0)),
        (backwards, ("project", "weight", 1)),
        (instead(("v", "weight", 0)), ("k", "weight", 0)),
        (shifted, ("", "position", 2)),
        (shifted, ("norm2", "weight", 0)),
        (other_half, ("down", "weight", 1)),
        (interleaved, ("head", "weight", 1)),
    ],
    "branches": [
        (instead(("right", "weight", 0)), ("left", "weight", 0)),
        (shifted, ("left", "bias", 0)),
        (other_half, ("norm", "weight", 0)),
        (shifted, ("depthwise", "weight", 0)),
        (backwards, ("grouped", "weight", 1)),
        (interleaved, ("hidden", "weight", 1)),  # pixels first
        (shifted, ("hidden", "weight", 1)),
    ],
    "gated": [
        (shifted, ("first", "weight", 0)),
        (interleaved, ("first", "weight", 0)),  # pairs of neighbours, not of halves
        (shifted, ("norm", "weight", 0)),
        (backwards, ("second", "weight", 1)),
    ],
}
PLANTED = [
    *((norm, *mistake) for norm in NORMS for mistake in IN_EVERY_KIND),
    *((norm, *m) for norm in NORMS if norm not in {"standardised", "none"} for m in IN_NORMS),
    *((kind, *mistake) for kind, mistakes in IN_STRUCTURES.items() for mistake in mistakes),
    *((norm, other_half, ("outer", "weight", 1)) for norm in NORMS if norm != "group"),
    *(("batch", shifted, ("inner_norm", tensor, 0)) for tensor in ("bias", "running_mean")),
    ("standardised", shifted, ("inner", "gain", 0)),
]


@pytest.mark.parametrize(("kind", "mistake", "key"), PLANTED)
def test_a_planted_mistake_is_refused(kind: str, mistake: Mistake, key: Key) -> None:
    with pytest.raises(BudamaError, match="the cut model does not"):
        verify(network(kind), (mistake, key))
