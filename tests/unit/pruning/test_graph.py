"""Which channels can be cut in networks of all kinds, and that what is left of them runs."""

import time
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from budama.api import prune_model
from budama.config.cut import Kind
from budama.models.architecture import build
from budama.pruning.graph import PruningGraph
from budama.system.errors import BudamaError
from tests.unit.pruning import transformers
from tests.unit.pruning.structures import STRUCTURES, Classifier

IMAGES = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
BATCHES = [(IMAGES, torch.zeros(4, dtype=torch.long))]

# Units by group: whatever is not named has to stay
UNITS: dict[str, dict[str, int]] = {
    "chunked glu": {"stem": 8, "body.widen": 8},
    "glu": {"stem": 8, "body.widen": 8},
    "sliced glu": {"stem": 8, "body.widen": 8},
    "partial shortcut": {"stem": 4, "body.inner": 6},
    "zero-padded": {"stem": 8, "body.conv1": 12},
    "shuffled": {"stem": 4},
    "C2f": {
        **{"stem": 8, "body.first": 4, "body.last": 8},
        **{"body.inner.0": 4, "body.inner.1": 4},
    },
    "Res2Net": {"stem": 8, "body.first": 4, "body.inner.1": 4},
    "maxout": {"stem": 8, "body.wide": 8},
    "ECA": {"stem": 8, "body.after": 8},
    "stored view": {"stem": 4, "hidden": 10},
    "standardised": {"stem": 8, "body.0": 12, "body.2": 8},
    "PReLU": {"stem": 8, "body.0": 12, "body.2": 8},
    "transposed": {"stem": 8, "body.0": 12, "body.1": 6, "body.2": 8},
    "grouped transposed": {"stem": 8, "body.2": 8},
}


def built(kind: str) -> nn.Module:
    torch.manual_seed(0)
    return STRUCTURES[kind]().eval()


@pytest.mark.parametrize("kind", UNITS)
def test_what_belongs_together_is_found_and_cut(kind: str) -> None:
    dense = built(kind)
    assert {g.name: g.units for g in PruningGraph(dense, IMAGES).groups} == UNITS[kind]
    pruned = prune_model(dense, IMAGES, BATCHES, "wanda", budget={"channels": 0.5})
    assert {name: len(kept) for name, kept in pruned.kept.items()} == {
        group.name: group.channels // 2 for group in PruningGraph(dense, IMAGES).groups
    }
    assert pruned.network(IMAGES).shape == (4, 3)


def test_a_size_that_the_code_has_written_down_keeps_its_layer_whole_with_the_reason() -> None:
    whole = PruningGraph(built("stored view"), IMAGES).whole
    assert list(whole) == ["conv"] and "in layer 'hidden': RuntimeError" in whole["conv"]


def test_a_shortcut_that_is_written_into_part_of_a_tensor_is_cut_rightly_or_not() -> None:
    dense = built("partial in place")
    for seed in range(3):
        try:
            prune_model(dense, IMAGES, criterion="random", budget={"channels": 0.5}, seed=seed)
        except BudamaError as error:
            assert "does not run" in str(error)


class Dense(nn.Module):
    """Many layers, each of which reads what all before it give."""

    def __init__(self, layers: int, growth: int) -> None:
        super().__init__()
        widths = [8 + growth * number for number in range(layers)]
        self.layers = nn.ModuleList(nn.Conv2d(width, growth, 1) for width in widths)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            hidden = torch.cat([hidden, torch.relu(layer(hidden))], 1)
        return hidden


def test_a_wide_network_of_many_concatenations_is_followed_in_time() -> None:
    start = time.process_time()
    graph = PruningGraph(Classifier(Dense(60, 32), outputs=8 + 60 * 32), IMAGES)
    assert len(graph.groups) == 61 and not graph.whole
    assert time.process_time() - start < 30


class Odd(nn.Module):
    """Two convolutions and a classifier, with code between them."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 1), nn.Conv2d(8, 6, 1)
        self.head = nn.Linear(6, 3)

    def between(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden

    def forward(self, images: torch.Tensor) -> Any:
        hidden = torch.relu(self.second(self.between(torch.relu(self.first(images)))))
        return self.head(hidden.mean((2, 3)))


class CountsChannels(Odd):
    def between(self, hidden: torch.Tensor) -> torch.Tensor:
        if hidden.shape[1] != 8:
            raise AttributeError("eight channels, please")
        return hidden


class FixedWeight(Odd):
    def between(self, hidden: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(hidden, torch.ones(8, 1, 1, 1, dtype=hidden.dtype), groups=8)


class OwnTable(Odd):
    def between(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden * {8: 2.0}[int(hidden.shape[1])]


class ByNumpy(Odd):
    def between(self, hidden: torch.Tensor) -> torch.Tensor:
        if torch._C._get_tracing_state():
            return hidden
        return torch.from_numpy(hidden.detach().numpy().copy())


@pytest.mark.parametrize("kind", [CountsChannels, FixedWeight, OwnTable, ByNumpy])
def test_code_that_counts_on_dense_widths_keeps_its_layer_whole(kind: type[Odd]) -> None:
    torch.manual_seed(0)
    pruned = prune_model(kind(), IMAGES, criterion="magnitude", budget={"channels": 0.5})
    assert set(pruned.kept) == {"second"}


class OnlySingle(Odd):
    def between(self, hidden: torch.Tensor) -> torch.Tensor:
        if hidden.dtype == torch.float64:
            raise TypeError("float32, please")
        return hidden


class OneImage(Odd):
    def between(self, hidden: torch.Tensor) -> Any:
        (image,) = hidden
        return image[None]


@pytest.mark.parametrize("kind", [OnlySingle, OneImage])
def test_what_cannot_be_verified_is_a_sentence(kind: type[Odd]) -> None:
    with pytest.raises(BudamaError, match=r"no cut of it can be verified|does not run"):
        prune_model(kind(), IMAGES, criterion="magnitude")


class Branches(Odd):
    """Which layer runs depends on the image."""

    def __init__(self) -> None:
        super().__init__()
        self.other = nn.Conv2d(8, 8, 1)

    def between(self, hidden: torch.Tensor) -> Any:
        return self.other(hidden) if hidden.mean() > 0.2 else hidden * 2


@pytest.mark.parametrize("bias", [-5.0, 0.0, 5.0])
def test_code_that_looks_at_values_is_cut_rightly_or_refused(bias: float) -> None:
    torch.manual_seed(0)
    network = Branches().eval()
    nn.init.constant_(network.first.bias, bias)  # type: ignore[arg-type]
    try:
        pruned = prune_model(network, IMAGES, criterion="magnitude", budget={"channels": 0.5})
    except BudamaError:
        return
    assert pruned.network(IMAGES).shape == (4, 3)


def spatial(layer: type[nn.Module], axes: int) -> nn.Module:
    """Return a network of convolutions over ``axes`` axes."""

    class Over(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = layer(3, 8, 1), layer(8, 6, 1)
            self.head = nn.Linear(6, 3)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            hidden = images.flatten(2) if axes == 1 else images[:, :, None]
            hidden = torch.relu(self.second(torch.relu(self.first(hidden))))
            logits: torch.Tensor = self.head(hidden.flatten(2).mean(2))
            return logits

    return Over()


@pytest.mark.parametrize("criterion", ["magnitude", "wanda", "taylor", "fpgm"])
@pytest.mark.parametrize(("layer", "axes"), [(nn.Conv1d, 1), (nn.Conv3d, 3)])
def test_convolutions_over_other_axes_are_cut(
    layer: type[nn.Module], axes: int, criterion: str
) -> None:
    torch.manual_seed(0)
    pruned = prune_model(spatial(layer, axes), IMAGES, BATCHES, criterion, budget={"channels": 0.5})
    assert {name: len(kept) for name, kept in pruned.kept.items()} == {"first": 4, "second": 3}


KINDS: dict[str, Kind] = {
    "heads": "heads",
    "head widths": "head_widths",
    "hidden": "hidden",
    "embedding": "embedding",
}


@pytest.mark.parametrize("name", transformers.NETWORKS)
def test_each_kind_of_unit_is_cut_alone_and_all_together(name: str) -> None:
    network, images = transformers.built(name)
    with torch.no_grad():
        before = network(images)
    every = PruningGraph(network, images, units=tuple(KINDS.values()))
    with torch.no_grad():
        torch.testing.assert_close(network(images), before)
    assert not every.whole
    kinds = {group.kind for group in every.groups}
    assert {"heads", "head_widths"} <= kinds
    for kind in sorted(kinds):
        groups = PruningGraph(network, images, units=(kind,)).groups
        assert [g.name for g in groups] == [g.name for g in every.groups if g.kind == kind]
        every.check({g.name: g.channels_of(range(1, g.units)) for g in groups})
    every.check({g.name: g.channels_of(range(1, g.units)) for g in every.groups})


@pytest.mark.parametrize("units", [["heads"], ["heads", "head_widths"], ["hidden", "embedding"]])
def test_units_that_are_not_named_stay(units: list[Kind]) -> None:
    network, images = transformers.built("ViT")
    pruned = prune_model(
        network, images, criterion="magnitude", budget={"channels": 0.5}, units=units
    )
    ends = {"heads": ":heads", "head_widths": ":head_widths", "hidden": "fc1", "embedding": "proj"}
    for kind, end in ends.items():
        assert any(name.endswith(end) for name in pruned.kept) == (kind in units)
    assert pruned.network(images).shape == (2, 3)


class Bound(transformers.Block):
    """The values of all heads together are as wide as what the attention reads."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        shape = hidden.shape
        qkv = self.qkv(self.norm1(hidden)).reshape(*shape[:2], 3, self.heads, -1)
        queries, keys, values = qkv.permute(2, 0, 3, 1, 4)
        weights = (queries @ keys.transpose(-2, -1) * 0.5).softmax(-1)
        hidden = hidden + self.out((weights @ values).transpose(1, 2).reshape(shape))
        given: torch.Tensor = hidden + self.fc2(functional.gelu(self.fc1(self.norm2(hidden))))
        return given


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_code_that_takes_one_width_for_another_keeps_both_whole(share: float) -> None:
    """Were all halved on trial, the widths would agree there and in no other cut."""
    network = transformers.Vit()
    network.blocks[0] = Bound()
    graph = PruningGraph(network, IMAGES)
    assert [group.name for group in graph.groups] == ["blocks.0.fc1"]
    assert set(graph.whole) == {"blocks.0.qkv:heads", "proj"}
    kept = prune_model(network, IMAGES, criterion="magnitude", budget={"channels": share}).kept
    assert list(kept) == ["blocks.0.fc1"]


class Apart(transformers.Block):
    """Queries, keys and values have a layer each."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(12, 12) for _ in range(3))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        read = self.norm1(hidden)
        queries, keys, values = (
            layer(read).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer in (self.q, self.k, self.v)
        )
        weights = (queries @ keys.transpose(-2, -1) * 0.5).softmax(-1)
        hidden = hidden + self.out((weights @ values).transpose(1, 2).flatten(2))
        given: torch.Tensor = hidden + self.fc2(functional.gelu(self.fc1(self.norm2(hidden))))
        return given


def test_widths_of_heads_are_no_hidden_units_wherever_they_are_made() -> None:
    network = transformers.Vit()
    network.blocks[0] = Apart()
    assert {g.kind for g in PruningGraph(network, IMAGES).groups} == {
        "hidden",
        "heads",
        "embedding",
    }
    hidden = PruningGraph(network, IMAGES, units=["hidden"]).groups
    assert [group.name for group in hidden] == ["blocks.0.fc1"]


UNITS_OF_HEADS = ("heads", "head_widths")


def test_what_is_kept_over_several_steps_are_the_channels_that_are_left() -> None:
    network, images = transformers.built("ViT")
    cut = prune_model(
        network,
        images,
        criterion="magnitude",
        budget={"channels": 0.6, "steps": 3},
        units=["heads", "head_widths"],
    )
    rows = {
        tuple(row) for row in cut.network.get_parameter("blocks.0.qkv.weight").detach().tolist()
    }
    dense = network.get_parameter("blocks.0.qkv.weight").detach()
    kept = [
        set(cut.kept.get(f"blocks.0.qkv:{kind}", range(36))) for kind in ("heads", "head_widths")
    ]
    assert rows == {tuple(dense[i].tolist()) for i in kept[0] & kept[1]}


class Sum(nn.Module):
    """Two layers side by side share their channels with a third."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 8, 1), nn.Conv2d(3, 8, 1), nn.Conv2d(3, 16, 1)
        self.head = nn.Linear(16, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        both = torch.cat([self.a(images), self.b(images)], 1) + self.c(images)
        logits: torch.Tensor = self.head(both.mean((2, 3)))
        return logits


@pytest.mark.parametrize("ignored", ["a", "b"])
def test_what_is_ignored_changes_no_name_and_no_number_of_channels(ignored: str) -> None:
    """Scores are worked out without it, and are used with it."""
    (whole,) = PruningGraph(Sum(), IMAGES).groups
    (left,) = PruningGraph(Sum(), IMAGES, [ignored]).groups
    assert (left.name, left.channels, left.units) == (whole.name, whole.channels, 8)
    stays = range(8) if ignored == "a" else range(8, 16)
    assert set(stays) <= set(left.channels_of([]))


def test_all_that_a_named_module_holds_is_ignored() -> None:
    network, images = transformers.built("ViT")
    names = {group.name for group in PruningGraph(network, images, ["blocks.0"]).groups}
    assert names == set() or not any(name.startswith("blocks.0") for name in names)


def test_the_order_of_channels_in_memory_does_not_matter() -> None:
    network = build("torchvision/efficientnet_b0", 10).eval()
    plain = {group.name: group.units for group in PruningGraph(network, 32).groups}
    last: nn.Module = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    assert {group.name: group.units for group in PruningGraph(last, 32).groups} == plain
