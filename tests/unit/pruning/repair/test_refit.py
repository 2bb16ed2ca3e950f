"""Where a cut channel is a linear function of kept ones, a refit gives back the dense network."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from budama.pruning.graph import PruningGraph, keep_channels
from budama.pruning.repair import refit as module
from budama.pruning.repair.kept import Kept
from budama.pruning.repair.refit import refit

PIXELS = 8


class Residual(nn.Module):
    """Two blocks that share their channels through the sums."""

    def __init__(self, norm: bool) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.first = nn.Conv2d(8, 8, 3, padding=1, bias=not norm)
        self.norm = nn.BatchNorm2d(8) if norm else nn.Identity()
        self.second = nn.Conv2d(8, 8, 1)
        self.head = nn.Linear(8, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = self.stem(images)
        hidden = hidden + self.norm(self.first(hidden))
        hidden = hidden + self.second(hidden)
        logits: torch.Tensor = self.head(hidden.mean((2, 3)))
        return logits


def convolutions() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.Conv2d(8, 6, 3, stride=2, padding=1, dilation=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 4),
    )


def grouped() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.Conv2d(8, 8, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 4),
    )


def with_norms() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.Conv2d(8, 6, 1, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Conv2d(6, 6, 3, bias=False, groups=6),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 4),
    )


def flattened() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.Flatten(), nn.Linear(8 * PIXELS**2, 4, bias=False)
    )


def linear() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 5, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 8), nn.Linear(8, 4)
    )


class Doubled(nn.Module):
    """A convolution that reads a group's channels twice, as in CReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.twice = nn.Conv2d(16, 6, 3)
        self.head = nn.Linear(6, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = self.stem(images)
        hidden = self.twice(torch.cat([hidden, 0.5 * hidden], 1)).relu()
        logits: torch.Tensor = self.head(hidden.mean((2, 3)))
        return logits


NETWORKS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "convolutions": (convolutions, "0"),
    "grouped": (grouped, "0"),
    "norms": (with_norms, "0"),
    "flatten": (flattened, "0"),
    "linear": (linear, "3"),
    "read twice": (Doubled, "stem"),
    "residual": (lambda: Residual(norm=False), "stem"),
    "residual, norms": (lambda: Residual(norm=True), "stem"),
}
KEPT = [0, 2, 3, 4, 6, 7]


def randomised(network: nn.Module, seed: int = 0) -> nn.Module:
    """Return the network in float64, with random weights and statistics."""
    generator = torch.Generator().manual_seed(seed)
    network = network.double().eval()
    for name, values in network.state_dict().items():
        if values.is_floating_point():
            values.copy_(torch.randn(values.shape, generator=generator, dtype=torch.float64) / 3)
            if name.endswith("running_var"):
                values.abs_().add_(0.5)
    return network


def redundant(network: nn.Module, group: str) -> nn.Module:
    """Make what is cut a sum of what is kept, in all layers that give the group's channels."""
    found = next(g for g in PruningGraph(network, PIXELS).groups if g.name == group)
    with torch.no_grad():
        for member in found.producers():
            for name, values in member.module.state_dict().items():
                if values.ndim == 0:
                    continue
                if isinstance(member.module, nn.BatchNorm2d):
                    values[:] = {"weight": 1.0, "running_var": 1.0}.get(name, 0.0)
                    continue
                values[1] = values[0] + 2 * values[2]
                values[5] = values[4] - values[6]
    return network


def images(number: int = 48, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(number, 3, PIXELS, PIXELS, generator=generator, dtype=torch.float64)


def batches(number: int = 48) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(part, torch.zeros(len(part))) for part in torch.split(images(number), 16)]


def cut(network: nn.Module, kept: dict[str, list[int]]) -> nn.Module:
    pruned = copy.deepcopy(network)
    keep_channels(pruned, kept, PIXELS)
    return pruned


@pytest.mark.parametrize("widest", [10_000, 0], ids=["whole patches", "channel by channel"])
@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_a_linear_function_of_the_kept_is_given_back(
    name: str, widest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WIDEST", widest)
    make, group = NETWORKS[name]
    dense = redundant(randomised(make()), group)
    kept = {group: KEPT}
    pruned = cut(dense, kept)
    new = images(8, seed=2)
    assert (pruned(new) - dense(new)).abs().max() > 1e-3
    refit(dense, pruned, PruningGraph(dense, PIXELS).groups, kept, batches())
    assert (pruned(new) - dense(new)).abs().max() < 1e-9


def layer_outputs(network: nn.Module, names: list[str]) -> dict[str, torch.Tensor]:
    """Return what the layers give for all calibration images, channels first."""
    found: dict[str, torch.Tensor] = {}
    hooks = [
        network.get_submodule(name).register_forward_hook(
            lambda _layer, _inputs, output, name=name: found.update({name: output.detach()})
        )
        for name in names
    ]
    network(images())
    for hook in hooks:
        hook.remove()
    return found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("widest", [10_000, 0], ids=["whole patches", "channel by channel"])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_layer_is_further_from_its_dense_outputs_than_without_the_refit(
    name: str, widest: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WIDEST", widest)
    make, _ = NETWORKS[name]
    dense = randomised(make(), seed)
    groups = PruningGraph(dense, PIXELS).groups
    generator = torch.Generator().manual_seed(seed)
    kept = {
        group.name: group.channels_of(
            torch.randperm(group.units, generator=generator)[: 2 * group.units // 3].tolist()
        )
        for group in groups
    }
    pruned = cut(dense, kept)
    refitted = copy.deepcopy(pruned)
    table = refit(dense, refitted, groups, kept, batches())
    names = list(table["layer"])
    expected, before, after = (layer_outputs(net, names) for net in (dense, pruned, refitted))
    outputs = Kept.of(groups, kept)
    assert len(names) > 0
    for layer in names:
        stays = outputs.outputs_of(layer, expected[layer].shape[1])
        wrong = [found[layer] - expected[layer][:, stays] for found in (before, after)]
        if refitted.get_submodule(layer).bias is None:  # the norm behind takes constants away
            wrong = [w - w.mean((0, 2, 3), keepdim=True) for w in wrong]
        error = [float(w.square().sum()) for w in wrong]
        assert error[1] <= error[0] * (1 + 1e-9), layer
