"""Small networks of each kind, and mistakes in what belongs together, planted in their traces.

A mistake is made where the library could make it: in the labels of one axis, which both its groups
and its cut go by. So the cut follows the mistake, and the check alone stands against it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from timm.layers import LayerNorm2d, RmsNorm2d, ScaledStdConv2d
from timm.layers.grn import GlobalResponseNorm
from torch import nn
from torch.nn import functional

from budama.pruning.checks import Verification
from budama.pruning.grouping import groups_of
from budama.pruning.surgery import Surgery
from budama.pruning.trace.tracer import Trace, trace

SIZE = 8
Key = tuple[str, str, int]  # module, tensor, axis
Mistake = Callable[[Trace, Key], None]

NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "layer": LayerNorm2d,
    "group": lambda width: nn.GroupNorm(4, width),
    "one group": lambda width: nn.GroupNorm(1, width),
    "instance": lambda width: nn.InstanceNorm2d(width, affine=True),
    "rms": RmsNorm2d,
    "response": lambda width: GlobalResponseNorm(width, channels_last=False),
    "standardised": lambda _: nn.Identity(),
    "none": lambda _: nn.Identity(),
}


class Residual(nn.Module):
    """A stem, a residual block whose scale starts at next to nothing, a layer, a classifier."""

    def __init__(self, norm: str) -> None:
        super().__init__()
        conv: Any = ScaledStdConv2d if norm == "standardised" else nn.Conv2d
        self.stem = conv(3, 8, 3, padding=1)
        self.stem_norm = NORMS[norm](8)
        self.inner = conv(8, 16, 3, padding=1)
        self.inner_norm = NORMS[norm](16)
        self.outer = conv(16, 8, 1)
        self.gamma = nn.Parameter(torch.full((8, 1, 1), 1e-6))
        self.last = conv(8, 16, 1)
        self.last_norm = NORMS[norm](16)
        self.head = nn.Linear(16, 5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = functional.gelu(self.stem_norm(self.stem(images)))
        inner = functional.gelu(self.inner_norm(self.inner(hidden)))
        hidden = hidden + self.gamma * self.outer(inner)
        hidden = functional.gelu(self.last_norm(self.last(hidden)))
        logits: torch.Tensor = self.head(hidden.mean((2, 3)))
        return logits


class Attention(nn.Module):
    """Tokens of 2 x 2 pixels, one block of attention with two heads, an MLP, layer norms."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 2, 2)
        self.position = nn.Parameter(torch.zeros(1, 16, 16))
        self.norm1 = nn.LayerNorm(16)
        self.q, self.k, self.v = (nn.Linear(16, 16) for _ in range(3))
        self.project = nn.Linear(16, 16)
        self.norm2 = nn.LayerNorm(16)
        self.up, self.down = nn.Linear(16, 32), nn.Linear(32, 16)
        self.norm3 = nn.LayerNorm(16)
        self.head = nn.Linear(16, 5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        tokens = self.patches(images).flatten(2).transpose(1, 2) + self.position
        x = self.norm1(tokens)
        q, k, v = (
            layer(x).unflatten(-1, (2, -1)).transpose(1, 2) for layer in (self.q, self.k, self.v)
        )
        seen = (q @ k.transpose(-2, -1) / 4).softmax(-1) @ v
        tokens = tokens + self.project(seen.transpose(1, 2).flatten(2))
        tokens = tokens + self.down(functional.gelu(self.up(self.norm2(tokens))))
        logits: torch.Tensor = self.head(self.norm3(tokens).mean(1))
        return logits


class Branches(nn.Module):
    """Two branches that are concatenated, a depthwise and a grouped layer, flattened pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 8, 1), nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(16)
        self.depthwise = nn.Conv2d(16, 16, 3, 2, 1, groups=16)
        self.point = nn.Conv2d(16, 8, 1)
        self.grouped = nn.Conv2d(8, 8, 3, 2, 1, groups=2)
        self.hidden = nn.Linear(32, 12)
        self.head = nn.Linear(12, 5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        both = torch.cat([self.left(images), self.right(images)], 1)
        both = self.grouped(self.point(self.depthwise(torch.relu(self.norm(both)))))
        logits: torch.Tensor = self.head(functional.gelu(self.hidden(both.flatten(1))))
        return logits


class Gated(nn.Module):
    """The halves of a layer are multiplied: pairs of channels, with a layer norm between."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 16, 3, padding=1)
        self.norm = LayerNorm2d(16)
        self.second = nn.Conv2d(8, 12, 1)
        self.head = nn.Linear(12, 5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        a, b = self.norm(self.first(images)).chunk(2, 1)
        logits: torch.Tensor = self.head(torch.relu(self.second(a * b.sigmoid())).mean((2, 3)))
        return logits


def shifted(traced: Trace, key: Key) -> None:
    """By one."""
    _relabel(traced, key, lambda labels: labels.roll(1))


def other_half(traced: Trace, key: Key) -> None:
    """The first half for the second."""
    _relabel(traced, key, lambda labels: labels.roll(len(labels) // 2))


def backwards(traced: Trace, key: Key) -> None:
    """Last channel first."""
    _relabel(traced, key, lambda labels: labels.flip(0))


def interleaved(traced: Trace, key: Key) -> None:
    """One of each half after the other, as after a shuffle."""
    _relabel(traced, key, lambda labels: labels.view(2, -1).t().flatten())


def left_out(traced: Trace, key: Key) -> None:
    """The member is missing."""
    _relabel(traced, key, torch.zeros_like)


def instead(other: Key) -> Mistake:
    """Another member is taken for it."""

    def exchange(traced: Trace, key: Key) -> None:
        mine, theirs = traced.axes[key].labels, traced.axes[other].labels
        _relabel(traced, key, lambda _: theirs)
        _relabel(traced, other, lambda _: mine)

    return exchange


def _relabel(traced: Trace, key: Key, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
    axis = traced.axes[key]
    traced.axes[key] = replace(axis, labels=change(axis.labels))


def _half_of(units: int, place: int) -> list[int]:
    """Half of the units, such that no mistake above gives the same ones; other ones per group."""
    half = [*range(units // 2 - 1), units - 2] if units > 4 else list(range(units // 2))
    return sorted((unit + place) % units for unit in half)


def verify(network: nn.Module, *mistakes: tuple[Mistake, Key]) -> None:
    """Cut half of every group of ``network`` with ``mistakes`` in its trace, and check the cut."""
    verification = Verification(network, SIZE)
    traced = trace(network, SIZE, "inner")
    for mistake, key in mistakes:
        mistake(traced, key)
    groups = groups_of(network, traced)
    kept = {g.name: g.channels_of(_half_of(g.units, place)) for place, g in enumerate(groups)}
    assert sum(len(channels) for channels in kept.values()) < sum(g.channels for g in groups)
    surgery = Surgery([traced], groups)
    verification.check(groups, kept, lambda trial: surgery.cut(trial, kept))
