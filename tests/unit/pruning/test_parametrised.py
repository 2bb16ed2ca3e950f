"""Weights that are computed from others are cut as they are."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from budama.pruning.parametrised import bake, copy_of
from budama.system.errors import BudamaError


def old_weight_norm(layer: nn.Module) -> None:
    with pytest.warns(FutureWarning):
        nn.utils.weight_norm(layer, dim=1)


def masked(layer: nn.Module) -> None:
    prune.random_unstructured(layer, "weight", 0.5)  # type: ignore[no-untyped-call]


KINDS: dict[str, Callable[[nn.Module], object]] = {
    "weight norm": parametrizations.weight_norm,
    "weight norm of the inputs": lambda layer: parametrizations.weight_norm(layer, dim=1),
    "spectral norm": parametrizations.spectral_norm,
    "orthogonal": parametrizations.orthogonal,
    "the older weight norm": old_weight_norm,
    "the older spectral norm": nn.utils.spectral_norm,
    "a mask": masked,
}


@pytest.fixture
def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 8), nn.Linear(8, 2)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_computed_becomes_a_plain_parameter(network: nn.Sequential, kind: str) -> None:
    for place in (0, 3):
        KINDS[kind](network[place])
    network.eval()
    images = torch.randn(2, 3, 8, 8)
    before = network(images)
    network.train()
    assert bake(network) == ["0", "3"]
    assert network.training and network[0].training
    torch.testing.assert_close(network.eval()(images), before)
    names = {"0.weight", "0.bias", "3.weight", "3.bias", "4.weight", "4.bias"}
    assert set(network.state_dict()) == names
    assert bake(network) == []
    assert isinstance(network[0].weight, nn.Parameter) and network[0].weight.requires_grad


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_frozen_stays_frozen(network: nn.Sequential, kind: str) -> None:
    KINDS[kind](network[3])
    network.requires_grad_(False)
    bake(network)
    assert isinstance(network[3].weight, nn.Parameter) and not network[3].weight.requires_grad


def test_several_at_once_and_a_bias(network: nn.Sequential) -> None:
    prune.l1_unstructured(network[3], "weight", 0.5)  # type: ignore[no-untyped-call]
    prune.random_unstructured(network[3], "bias", 0.5)  # type: ignore[no-untyped-call]
    parametrizations.weight_norm(network[4])
    assert bake(network) == ["3", "4"]
    assert int(network[3].get_parameter("weight").count_nonzero()) == 144 * 8 // 2


def test_what_cannot_be_taken_as_it_is_names_the_layer(network: nn.Sequential) -> None:
    class Fails(nn.Module):
        def forward(self, weight: torch.Tensor) -> torch.Tensor:
            if not self.training:
                raise KeyError("temperature")
            return weight

    parametrize.register_parametrization(network[3], "weight", Fails())
    with pytest.raises(BudamaError, match=r"layer '3' .*KeyError.*leave_parametrized=True"):
        bake(network)


def test_a_network_with_the_older_weight_norm_can_be_copied(network: nn.Sequential) -> None:
    old_weight_norm(network[0])
    images = torch.randn(1, 3, 8, 8)
    before = network(images)
    with pytest.raises(RuntimeError):
        copy.deepcopy(network)
    assert torch.equal(copy_of(network)(images), before)
    assert network(images).equal(before)


def test_a_copy_may_share_memory_and_nothing_else(network: nn.Sequential) -> None:
    copied = copy_of(network, share=True)
    assert isinstance(copied, nn.Sequential)
    one, other = (whose[0].get_parameter("weight") for whose in (copied, network))
    assert one.data_ptr() == other.data_ptr() and one is not other
    copied[0].weight = nn.Parameter(torch.zeros(1))
    copied[3].weight.data = torch.zeros(1)
    assert network[0].weight.ndim == 4 and network[3].weight.ndim == 2


def test_what_cannot_be_copied_is_a_sentence(network: nn.Sequential) -> None:
    network.items = (image for image in range(3))  # type: ignore[assignment]
    with pytest.raises(BudamaError, match=r"the model cannot be copied .TypeError.*generator"):
        copy_of(network)
