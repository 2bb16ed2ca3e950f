"""Halted passes give what plain ones give, and leave nothing behind, however they end."""

import pytest
import torch
from torch import nn

from budama.pruning.repair.lockstep import Walk, halts


class Twice(nn.Module):
    """Its first layer runs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.inner = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        self.head = nn.Linear(4, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = self.inner(self.layer(self.layer(images)))
        logits: torch.Tensor = self.head(hidden)
        return logits


class Failing(nn.Module):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        raise ValueError(f"no good: {images.shape}")


@pytest.fixture
def network() -> Twice:
    return Twice()


def stops(walk: Walk) -> list[str]:
    found = []
    while (name := walk.advance()) is not None:
        found.append(name)
    return found


def test_a_pass_halts_at_each_layer_once_in_the_order_of_running(network: Twice) -> None:
    with halts(network, before=["head", "inner.0", "layer"]):
        assert stops(Walk(network, torch.zeros(1, 4))) == ["layer", "inner.0", "head"]


def test_before_a_layer_stand_its_inputs_and_behind_it_its_outputs(network: Twice) -> None:
    images = torch.randn(3, 4)
    with torch.no_grad():
        once = network.layer(images)
        twice = network.layer(once)
    with halts(network, ["inner.0"], ["layer"]):
        walk = Walk(network, images)
        assert walk.at is None
        walk.advance()
        assert walk.inputs.equal(images) and walk.outputs.equal(once)
        assert not walk.outputs.requires_grad
        walk.advance()
        assert walk.inputs.equal(twice) and walk.outputs.numel() == 0
        assert walk.advance() is None
        assert walk.at is None and walk.inputs.numel() == 0


def test_a_halted_pass_gives_what_a_plain_one_does(network: Twice) -> None:
    images = [torch.randn(3, 4) for _ in range(3)]
    expected = [network(x) for x in images]
    with halts(network, behind=["layer", "inner.0", "head"]):
        walks = [Walk(network, x) for x in images]
        for name in ("layer", "inner.0", "head"):
            assert [walk.advance() for walk in walks] == [name] * 3
        assert all(w.outputs.equal(x) for w, x in zip(walks, expected, strict=True))
        assert [walk.advance() for walk in walks] == [None] * 3


def test_a_layer_that_is_changed_while_passes_halt_before_it_runs_as_changed(
    network: Twice,
) -> None:
    images = torch.randn(3, 4)
    with halts(network, before=["inner.0", "head"]):
        walk = Walk(network, images)
        walk.advance()
        changed = network.get_parameter("inner.0.weight"), network.get_parameter("inner.0.bias")
        changed[0].data.zero_()
        changed[1].data.fill_(2)
        walk.advance()
        assert walk.inputs.eq(2).all()
        walk.give_up()


def test_another_pass_halts_no_less_and_a_plain_one_not_at_all(network: Twice) -> None:
    with halts(network, before=["layer", "head"]):
        walk = Walk(network, torch.zeros(1, 4))
        walk.advance()
        network(torch.zeros(2, 4))  # in this thread: it would wait for ever
        assert walk.at == "layer"
        other = Walk(network, torch.zeros(5, 4))
        assert (other.advance(), len(other.inputs), len(walk.inputs)) == ("layer", 5, 1)
        walk.give_up()
        other.give_up()


def test_hooks_are_gone_afterwards_even_after_an_error(network: Twice) -> None:
    with pytest.raises(KeyError), halts(network, ["head"], ["layer"]):
        raise KeyError
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.modules())
    assert stops(Walk(network, torch.zeros(1, 4))) == []


def test_an_error_of_the_network_reaches_who_waits_for_the_pass() -> None:
    network = nn.Sequential(nn.Linear(4, 4), Failing(), nn.Linear(4, 4))
    with halts(network, before=["0", "2"]):
        walk = Walk(network, torch.zeros(2, 4))
        assert walk.advance() == "0"
        with pytest.raises(ValueError, match=r"no good: torch.Size\(\[2, 4\]\)"):
            walk.advance()
        walk.give_up()  # as it is done with all passes after an error
        assert walk.at is None


class Careless(nn.Module):
    """Catches the errors of its own layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.spare = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        try:
            found: torch.Tensor = self.layer(images)
        except Exception:
            found = self.spare(images)
        return found


@pytest.mark.parametrize("network", [Twice(), Careless()], ids=["plain", "careless"])
def test_a_pass_that_is_given_up_ends_where_it_is(network: nn.Module) -> None:
    seen = []
    with halts(network, before=["layer"]):
        walk = Walk(network, torch.zeros(2, 4))
        walk.advance()
        hooks = [
            layer.register_forward_hook(lambda *_: seen.append("ran"))
            for layer in network.modules()
        ]
        walk.give_up()
        walk.give_up()
    assert seen == [] and walk.inputs.numel() == 0
    for hook in hooks:
        hook.remove()


def test_a_pass_that_has_not_begun_can_be_given_up(network: Twice) -> None:
    walk = Walk(network, torch.zeros(2, 4))
    walk.give_up()
    assert walk.at is None
