"""Nothing but the comparison with the dense network accepts a cut, and it accepts no mistake."""

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from budama.pruning.checks import Verification
from budama.pruning.graph import PruningGraph
from budama.pruning.grouping import groups_of
from budama.pruning.surgery import Surgery
from budama.pruning.trace.tracer import trace
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

Step = Callable[[torch.Tensor], torch.Tensor]
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


class Tiny(nn.Module):
    """Two layers and a classifier; what a test needs more is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 6, 1)
        self.head = nn.Linear(6, 3)

    def forward(self, images: torch.Tensor) -> Any:
        hidden = torch.relu(self.second(torch.relu(self.first(images))))
        return self.head(hidden.mean((2, 3)))


def half(network: nn.Module) -> None:
    """Cut every group of ``network`` to half, on trial."""
    traced = trace(network, 8, "inner")
    groups = groups_of(network, traced)
    kept = {group.name: group.channels_of(list(range(group.units // 2))) for group in groups}
    surgery = Surgery([traced], groups)
    Verification(network, 8).check(groups, kept, lambda trial: surgery.cut(trial, kept))


def test_whatever_state_the_caller_is_in_is_left_as_it_was() -> None:
    network = Tiny()
    network.first.requires_grad_(False)
    network.train()
    network.second.eval()
    before = copy.deepcopy(network.state_dict())
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    with torch.inference_mode():
        half(network)
    assert torch.rand(2).equal(expected)
    assert torch.get_default_dtype() == torch.float32
    assert network.training and not network.second.training
    assert not network.first.weight.requires_grad and network.head.weight.requires_grad
    assert all(tensor.equal(before[name]) for name, tensor in network.state_dict().items())


def test_what_is_returned_may_hold_more_than_the_logits() -> None:
    class Returns(Tiny):
        def forward(self, images: torch.Tensor) -> Any:
            return {"features": self.first(images), "logits": super().forward(images)}

    half(Returns())


def test_code_that_insists_on_single_precision_runs() -> None:
    class Single(Tiny):
        def forward(self, images: torch.Tensor) -> Any:
            mask = torch.ones(1, 1, 1, 1) + torch.zeros(1, dtype=torch.float32)
            return super().forward((images * mask).float().to(images.dtype))

    half(Single())


def test_layers_that_share_a_weight_are_cut_rightly_or_left_whole() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        *(nn.Conv2d(3, 8, 1), nn.GELU(), nn.Conv2d(8, 8, 1), nn.GELU(), nn.Conv2d(8, 8, 1)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 12), nn.GELU(), nn.Linear(12, 3)),
    )
    network[4].weight = network[2].weight
    graph = PruningGraph(network, 8)
    graph.check({group.name: group.channels_of([0, 1]) for group in graph.groups})
    assert "7" in {group.name for group in graph.groups}


@pytest.mark.parametrize(
    ("hidden", "logits", "sentence"),
    [
        (lambda x: x * random.random(), torch.neg, "training=self.training"),
        (torch.relu, lambda x: x * float("nan"), "the same outputs for different images, or none"),
        (torch.relu, torch.zeros_like, "the same outputs for different images, or none"),
        (torch.relu, lambda x: x.squeeze(0) / {1: x}[len(x)], "not run on 2 random .*KeyError: 2"),
    ],
)
def test_what_cannot_be_verified_is_refused_with_what_to_do(
    hidden: Step, logits: Step, sentence: str
) -> None:
    class Odd(Tiny):
        def forward(self, images: torch.Tensor) -> Any:
            return logits(self.head(hidden(self.second(hidden(self.first(images)))).mean((2, 3))))

    torch.manual_seed(0)
    with pytest.raises(BudamaError, match=sentence):
        half(Odd())


def test_a_cut_that_raises_names_the_layer() -> None:
    class Counts(nn.Module):
        def forward(self, hidden: torch.Tensor) -> torch.Tensor:
            assert hidden.shape[1] == 8, "eight channels, please"
            return hidden

    network = nn.Sequential(
        nn.Conv2d(3, 8, 1), Counts(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2)
    )
    with pytest.raises(BudamaError, match=r"in layer '1': AssertionError: eight.*'ignore'"):
        half(network)


def test_a_cut_that_fails_is_a_sentence() -> None:
    network = Tiny()
    groups = groups_of(network, trace(network, 8, "inner"))

    def fails(trial: nn.Module) -> None:
        raise KeyError("no such tensor")

    with pytest.raises(BudamaError, match=r"could not be cut \(KeyError.*'ignore'"):
        Verification(network, 8).check(groups, {}, fails)


class Noise(nn.Module):
    """A scale, and ``noise`` of some strength in training alone."""

    def __init__(self, width: int, noise: Step) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))
        self.strength = nn.Parameter(torch.ones(width))
        self.noise = noise

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        hidden = hidden * self.gain[:, None, None]
        return hidden + self.noise(self.strength) if self.training else hidden


class Noisy(Tiny):
    def __init__(self, noise: Step) -> None:
        super().__init__()
        self.noisy = Noise(8, noise)

    def forward(self, images: torch.Tensor) -> Any:
        hidden = torch.relu(self.second(torch.relu(self.noisy(self.first(images)))))
        return self.head(hidden.mean((2, 3)))


@pytest.mark.parametrize(
    "noise",
    [
        lambda strength: strength[:, None, None] * torch.randn(1, 1, 1),
        lambda strength: torch.randn(8, 1, 1),
        lambda strength: torch.randn(4, 2).flatten()[:, None, None],
    ],
)
def test_what_does_not_train_any_more_stays_whole(noise: Step) -> None:
    torch.manual_seed(0)
    network = Noisy(noise)
    graph = PruningGraph(network, 8)
    assert "in layer 'noisy'" in graph.whole["first"]
    assert "does not run in training mode" in graph.whole["first"]
    graph.cut(network, {group.name: group.channels_of([0, 1]) for group in graph.groups})
    network.train()(torch.randn(2, 3, 8, 8))


def test_a_network_that_never_trained_need_not() -> None:
    def fails(strength: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError("for evaluation only")

    assert {group.name for group in PruningGraph(Noisy(fails), 8).groups} == {"first", "second"}


def test_training_changes_no_state_that_a_check_reads() -> None:
    """Counts and statistics move with each run in training mode."""
    network = nn.Sequential(nn.Conv2d(3, 8, 1), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 1))
    network.extend([nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)])
    graph = PruningGraph(network, 8)
    kept = {group.name: group.channels_of([0, 1]) for group in graph.groups}
    for _ in range(3):
        graph.check(kept)
    assert network[1].num_batches_tracked == 0


@pytest.mark.parametrize("kind", NORMS)
def test_weights_that_matter_little_hide_nothing(kind: str) -> None:
    """A scale of 1e-6, zeros and statistics of no image: all of a network's parts count."""
    network = Residual(kind)
    for norm in (network.inner_norm, network.last_norm):
        for name, parameter in norm.named_parameters():
            nn.init.zeros_(parameter) if name == "weight" else None
    verify(network)
    with pytest.raises(BudamaError):
        verify(network, (shifted, ("outer", "weight", 1)))
