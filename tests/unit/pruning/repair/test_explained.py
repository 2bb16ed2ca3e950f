"""The share of a layer's input variance that the kept inputs explain, on images apart."""

import math

import pytest
import torch
from torch import nn

from budama.pruning.repair import explained as module
from budama.pruning.repair.explained import explained_by
from budama.pruning.repair.lockstep import Walk

KEPT = torch.tensor([True, True, True, True, False, False])


def walks(layer: nn.Conv2d | nn.Linear, inputs: torch.Tensor, each: int = 16) -> list[Walk]:
    """Return passes that have halted behind ``layer``."""
    found = []
    for part in torch.split(inputs, each):
        walk = Walk(layer, part)
        walk.inputs, walk.outputs = part, layer(part).detach()
        found.append(walk)
    return found


def share(inputs: torch.Tensor, kept: torch.Tensor = KEPT) -> float:
    """Return what a layer of the right kind finds, given all positions."""
    layer: nn.Conv2d | nn.Linear = nn.Linear(len(kept), 2)
    if inputs.ndim == 4:
        layer = nn.Conv2d(6, 2, 3, padding=1)
    return explained_by(layer, kept, walks(layer, inputs), torch.arange)


def independent(*shape: int) -> torch.Tensor:
    return torch.randn(shape)


@pytest.mark.parametrize("shape", [(256, 6), (64, 4, 6), (64, 6, 5, 5)])
def test_independent_inputs_explain_themselves_alone(shape: tuple[int, ...]) -> None:
    found = share(independent(*shape))
    assert found == pytest.approx(4 / 6, abs=0.05)


@pytest.mark.parametrize("shape", [(256, 6), (64, 6, 5, 5)])
def test_what_is_a_sum_of_the_kept_is_explained(shape: tuple[int, ...]) -> None:
    inputs = independent(*shape)
    inputs[:, 4] = inputs[:, 0] - 2 * inputs[:, 1] + 3
    inputs[:, 5] = inputs[:, 2]
    assert share(inputs) == pytest.approx(1, abs=1e-4)


def test_strong_inputs_count_for_more() -> None:
    inputs = independent(256, 6)
    inputs[:, 4:] *= 10
    assert share(inputs) < 0.1


def test_nothing_is_learnt_of_a_few_images() -> None:
    """Thirty inputs fit six images, whatever they are, but not the two others."""
    found = share(torch.randn(8, 40), torch.arange(40) < 30)
    assert found < 0.95


def test_all_inputs_explain_all() -> None:
    assert share(independent(8, 6), torch.ones(6, dtype=torch.bool)) == 1


def test_there_is_no_share_of_nothing() -> None:
    assert math.isnan(share(torch.ones(16, 6)))


def test_too_many_inputs_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_INPUTS", 5)
    assert math.isnan(share(independent(16, 6)))
