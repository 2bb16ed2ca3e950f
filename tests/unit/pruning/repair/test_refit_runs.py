"""How a refit goes about it: what it leaves alone, what it needs, and on real architectures."""

import copy

import pytest
import torch
from timm.layers import StdConv2d
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from budama.models.architecture import build
from budama.pruning.graph import PruningGraph, keep_channels
from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Member
from budama.pruning.repair import refit as module
from budama.pruning.repair.norms import measure_norms
from budama.pruning.repair.refit import refit
from budama.system.errors import BudamaError

Batches = list[tuple[torch.Tensor, torch.Tensor]]
Kept = dict[str, list[int]]
SIZE = 16


def images(number: int, size: int = SIZE, seed: int = 1) -> torch.Tensor:
    """Return images with what neighbours share, as in photographs."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(number, 3, size, size, generator=generator)
    smooth = 4 * nn.functional.avg_pool2d(noise, 5, 1, 2)
    return smooth + torch.randn(number, 3, 1, 1, generator=generator)


def batches(number: int = 64, each: int = 16, size: int = SIZE) -> Batches:
    return [(part, torch.zeros(len(part))) for part in torch.split(images(number, size), each)]


def plain() -> nn.Sequential:
    """Return three convolutions, of which none has a bias and one a norm."""
    torch.manual_seed(0)
    network = nn.Sequential(
        *(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.ReLU()),
        *(nn.Conv2d(16, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU()),
        *(nn.Conv2d(12, 12, 1, bias=False), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 5)),
    ).eval()
    measure_norms(network, batches())
    return network


def thinned(dense: nn.Module, share: float = 0.7, size: int = SIZE) -> tuple[nn.Module, Kept]:
    """Return a copy without some channels of each group, chosen at random, and what it kept."""
    generator = torch.Generator().manual_seed(0)
    kept = {
        group.name: sorted(
            group.channels_of(
                torch.randperm(group.units, generator=generator)[
                    : max(1, int(share * group.units))
                ].tolist()
            )
        )
        for group in PruningGraph(dense, size).groups
    }
    cut = copy.deepcopy(dense)
    keep_channels(cut, kept, size)
    return cut, kept


def refitted(
    dense: nn.Module, cut: nn.Module, kept: Kept, looked_at: Batches, size: int = SIZE
) -> nn.Module:
    found = copy.deepcopy(cut)
    refit(dense, found, PruningGraph(dense, size).groups, kept, looked_at)
    return found


@torch.no_grad()
def wrong(dense: nn.Module, cut: nn.Module, size: int = SIZE, seed: int = 9) -> float:
    """Return the error of the outputs as a share of their variance, for new images."""
    new = images(64, size, seed)
    expected = dense(new)
    error = (cut(new) - expected).square().sum()
    return float(error / (expected - expected.mean(0)).square().sum())


def same(one: nn.Module, other: nn.Module) -> bool:
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(a[name].equal(b[name]) for name in a)


def test_a_new_bias_is_given_where_no_norm_takes_the_constant() -> None:
    dense = plain()
    cut, kept = thinned(dense)
    found = refitted(dense, cut, kept, batches())
    layers = {name: layer for name, layer in found.named_modules() if isinstance(layer, nn.Conv2d)}
    assert {name for name, layer in layers.items() if layer.bias is not None} == {"5"}
    assert found.get_parameter("5.bias").requires_grad
    moved = found.get_buffer("3.running_mean") - cut.get_buffer("3.running_mean")
    assert moved.abs().max() > 0
    assert wrong(dense, found) < 0.2 * wrong(dense, cut)


def test_it_is_the_same_every_time() -> None:
    dense = plain()
    cut, kept = thinned(dense)
    torch.manual_seed(1)
    first = refitted(dense, cut, kept, batches())
    torch.manual_seed(2)
    state = torch.get_rng_state()
    assert same(first, refitted(dense, cut, kept, batches()))
    assert torch.get_rng_state().equal(state)


def test_batches_of_any_size_do() -> None:
    dense = plain()
    cut, kept = thinned(dense)
    found = [wrong(dense, refitted(dense, cut, kept, batches(60, each))) for each in (60, 16, 1)]
    # other images are held out, which may choose another ridge
    assert max(found) < 1.6 * min(found) < 0.05 * wrong(dense, cut)


def test_little_memory_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Early layers, which give much, see few images; late ones all."""
    dense = plain()
    cut, kept = thinned(dense)
    whole = wrong(dense, refitted(dense, cut, kept, batches(256)))
    held: dict[str, int] = {}
    gather = module._Refit._gather

    def counted(self: module._Refit, name: str, room: int) -> None:
        gather(self, name, room)
        held[name] = sum(len(walk.inputs) for walk, _ in self._walks)

    monkeypatch.setattr(module._Refit, "_gather", counted)
    monkeypatch.setattr(module, "_MOST_BYTES", 2**22)
    few = wrong(dense, refitted(dense, cut, kept, batches(256)))
    assert held["2"] < 64 and held["9"] == 256
    assert list(held.values()) == sorted(held.values())
    assert few < 1.5 * whole < 0.3 * wrong(dense, cut)


def test_images_too_many_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_WALKS", 3)
    monkeypatch.setattr(module, "_PART", 16)
    dense = plain()
    cut, kept = thinned(dense)
    unread = iter(batches(96))
    refit(dense, cut, PruningGraph(dense, SIZE).groups, kept, unread)
    assert len(list(unread)) == 3


def test_where_nothing_was_cut_nothing_changes() -> None:
    dense = plain()
    cut = copy.deepcopy(dense)
    table = refit(dense, cut, PruningGraph(dense, SIZE).groups, {}, batches())
    assert table.empty and table.columns.tolist() == module.COLUMNS
    assert same(dense, cut)


def test_what_runs_before_the_first_loss_is_left_as_it_is() -> None:
    dense = plain()
    kept = {"5": list(range(0, 12, 2))}
    cut = copy.deepcopy(dense)
    keep_channels(cut, kept, SIZE)
    found = refitted(dense, cut, kept, batches())
    before, after = cut.state_dict(), found.state_dict()
    changed = {name for name in after if not (name in before and after[name].equal(before[name]))}
    assert changed == {"9.weight", "9.bias"}


def test_modes_and_what_is_trained_stay() -> None:
    dense = plain()
    cut, kept = thinned(dense)
    groups = PruningGraph(dense, SIZE).groups
    untouched = copy.deepcopy(dense)
    for network in (dense, cut):
        network.train()
        network.get_submodule("3").eval()
        network.get_parameter("2.weight").requires_grad_(False)
    refit(dense, cut, groups, kept, batches())
    for network in (dense, cut):
        asleep = [name for name, layer in network.named_modules() if not layer.training]
        assert asleep == ["3"]
        assert not network.get_parameter("2.weight").requires_grad
        assert all(p.grad is None for p in network.parameters())
        assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.modules())
    assert same(dense, untouched)


class Odd(nn.Module):
    """Convolutions that do more than multiply by their weights, and one that does not."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.standardised = StdConv2d(8, 8, 3, padding=1)
        self.plain = nn.Conv2d(8, 8, 1)
        self.normalised = weight_norm(nn.Linear(8, 6))
        self.head = nn.Linear(6, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.plain(torch.relu(self.standardised(torch.relu(self.first(x)))))
        hidden = torch.relu(self.normalised(torch.relu(hidden.mean((2, 3)))))
        logits: torch.Tensor = self.head(hidden)
        return logits


def test_layers_that_do_more_than_multiply_are_left_alone() -> None:
    dense = Odd().eval()
    # standardised weights count on all of their inputs: cut only behind them
    kept = {"standardised": [0, 2, 3, 5, 6, 7]}
    cut = copy.deepcopy(dense)
    keep_channels(cut, kept, SIZE)
    found = copy.deepcopy(cut)
    table = refit(dense, found, PruningGraph(dense, SIZE).groups, kept, batches())
    assert table["layer"].tolist() == ["plain", "head"]
    before, after = cut.state_dict(), found.state_dict()
    changed = {name.split(".")[0] for name in after if not after[name].equal(before[name])}
    assert changed <= {"plain", "head"}
    assert wrong(dense, found) < 0.5 * wrong(dense, cut)


class Branching(nn.Module):
    """The cut network goes another way."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 1)
        self.head = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.first(x)
        if self.first.out_channels == 8:
            hidden = self.second(hidden)
        hidden = nn.functional.pad(hidden, (0, 0, 0, 0, 0, 8))[:, :8]
        logits: torch.Tensor = self.head(hidden.mean((2, 3)))
        return logits


def test_a_network_that_goes_another_way_once_it_is_cut_is_refused() -> None:
    dense = Branching().eval()
    cut = copy.deepcopy(dense)
    cut.first, cut.second = nn.Conv2d(3, 6, 1), nn.Conv2d(6, 8, 1)
    all_of_them = torch.arange(8)
    members = (
        Member("first", dense.first, "out", all_of_them, all_of_them),
        Member("second", dense.second, "in", all_of_them, all_of_them, axis=1),
    )
    groups = [ChannelGroup.even("first", 8, members=members)]
    kept = {"first": [0, 1, 2, 3, 4, 5]}
    with pytest.raises(BudamaError, match="does not run layer 'second' where the dense one does"):
        refit(dense, cut, groups, kept, batches())


def test_an_error_of_a_network_ends_all_passes() -> None:
    dense = plain()
    cut, kept = thinned(dense)
    dense.register_forward_pre_hook(refuse_bright_images)
    bright = torch.full((64, 3, SIZE, SIZE), 100.0)
    with pytest.raises(RuntimeError, match="too bright"):
        refitted(dense, cut, kept, [*batches(64), (bright, torch.zeros(64))])


def refuse_bright_images(_network: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    if inputs[0].amax() >= 100:
        raise RuntimeError("too bright")


def test_without_images_there_is_nothing_to_fit_to() -> None:
    dense = plain()
    cut, kept = thinned(dense)
    with pytest.raises(BudamaError, match="looks at calibration images, and there are none"):
        refit(dense, cut, PruningGraph(dense, SIZE).groups, kept, [])


def test_a_single_image_is_enough_not_to_fail() -> None:
    dense = plain()
    cut, kept = thinned(dense)
    assert wrong(dense, refitted(dense, cut, kept, batches(1))) < wrong(dense, cut)


@pytest.mark.parametrize(
    ("name", "size", "most"),
    [
        ("timm/test_resnet", 32, 0.4),
        ("timm/test_byobnet", 32, 0.7),
        ("timm/test_convnext", 32, 0.8),
        ("timm/test_efficientnet_ln", 32, 0.8),
    ],
)
def test_real_architectures_are_nearer_to_the_dense_outputs(
    name: str, size: int, most: float
) -> None:
    """Without training, so that all that helps is what the kept channels tell of the others."""
    torch.manual_seed(0)
    dense = build(name, 10).eval()
    looked_at = batches(96, 32, size)
    measure_norms(dense, looked_at)
    cut, kept = thinned(dense, 0.9, size)
    norms = copy.deepcopy(cut)
    measure_norms(norms, looked_at)
    found = refitted(dense, cut, kept, looked_at, size)
    before = min(wrong(dense, network, size) for network in (cut, norms))
    assert wrong(dense, found, size) < most * before
