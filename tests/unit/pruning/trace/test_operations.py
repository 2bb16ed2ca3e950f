"""What single operations do to channels: which of two layers' channels they couple, and how."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from budama.pruning.trace.tracer import Trace, trace

CHANNELS = 8
Step = Callable[[torch.Tensor], torch.Tensor]


class Around(nn.Module):
    """A layer, an operation on what it gives, and a layer that reads that."""

    def __init__(self, step: Step, read: int = CHANNELS) -> None:
        super().__init__()
        self.step = [step]  # no layer of its own
        self.make, self.read = nn.Conv2d(3, CHANNELS, 1), nn.Conv2d(read, 5, 1)

    def forward(self, images: torch.Tensor) -> Any:
        return self.read(self.step[0](self.make(images))).mean((2, 3))


def traced(network: nn.Module) -> Trace:
    return trace(network, torch.zeros(1, 3, 4, 4), "inner")


def units(found: Trace, module: str, axis: int) -> list[int]:
    """Return the units of a layer's weight, numbered from the first one's; -1 stays."""
    first = int(found.axes["make", "weight", 0].labels[0])
    labels = found.labels.unit(found.axes[module, "weight", axis].labels)
    return [label - first if label else -1 for label in labels.tolist()]


def read_after(step: Step, read: int = CHANNELS) -> list[int]:
    """Return which units of the first layer the second one reads, in its order."""
    return units(traced(Around(step, read)), "read", 1)


ORDER = torch.tensor([3, 1, 0, 2, 7, 6, 5, 4])
SAME: dict[str, Step] = {
    "an activation": functional.hardswish,
    "in place": lambda x: x.add_(1).relu_(),
    "a constant": lambda x: 2 * x - 1,
    "pooling": lambda x: functional.max_pool2d(x, 2) + functional.avg_pool2d(x, 2),
    "interpolation": lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear"),
    "to the last axis and back": lambda x: x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2),
    "pooled to one pixel, with the channels last in memory": lambda x: (
        functional.adaptive_avg_pool2d(x.contiguous(memory_format=torch.channels_last), 1)
    ),
    "below rows that there are none of": lambda x: torch.cat([x[:, :, :0], x], 2),
    "dropout": lambda x: functional.dropout(x, 0.5, training=True),
    "padding of the image": lambda x: functional.pad(x, (1, 1, 1, 1)),
    "as a vector for each pixel": lambda x: x.flatten(2).transpose(1, 2).mT.reshape(x.shape),
    "its own mean": lambda x: x * x.mean((2, 3), keepdim=True).sigmoid(),
    "stacked and summed": lambda x: torch.stack([x, 2 * x]).sum(0),
    "where": lambda x: torch.where(x > 0, x, 0.1 * x),
    "another kind of number": lambda x: x.double().float(),
}


@pytest.mark.parametrize("kind", SAME)
def test_channels_go_through(kind: str) -> None:
    assert read_after(SAME[kind]) == list(range(CHANNELS))


MOVED: dict[str, tuple[Step, list[int]]] = {
    "rolled": (lambda x: x.roll(3, 1), [5, 6, 7, 0, 1, 2, 3, 4]),
    "flipped": (lambda x: x.flip(1), [7, 6, 5, 4, 3, 2, 1, 0]),
    "in another order": (lambda x: x[:, ORDER], ORDER.tolist()),
    "selected": (lambda x: x.index_select(1, ORDER), ORDER.tolist()),
    "twice": (lambda x: torch.cat([x, x], 1), [*range(8), *range(8)]),
    "repeated": (lambda x: x.repeat_interleave(2, 1), [n // 2 for n in range(16)]),
    "padded": (lambda x: functional.pad(x, (0, 0, 0, 0, 1, 2)), [-1, *range(8), -1, -1]),
    "a part": (lambda x: x[:, 2:5], [2, 3, 4]),
    "tied halves, swapped": (lambda x: torch.cat(x.chunk(2, 1)[::-1], 1), [*range(4)] * 2),
    "shuffled": (lambda x: functional.channel_shuffle(x, 2), [0, 0, 1, 1, 2, 2, 3, 3]),
    "times the first": (lambda x: x * x[:, :1], [-1, *range(1, 8)]),
    "as pixels": (lambda x: functional.pixel_shuffle(x, 2), [0, 0]),
    "gated": (lambda x: functional.glu(x, 1), [0, 1, 2, 3]),
}


@pytest.mark.parametrize("kind", MOVED)
def test_channels_are_found_where_they_are_moved_to(kind: str) -> None:
    step, expected = MOVED[kind]
    found = read_after(step, len(expected))
    if kind == "as pixels":
        assert len(set(found)) <= 2  # all of a block of pixels go together, or stay
    else:
        assert found == expected


STAY: dict[str, Step] = {
    "sorted": lambda x: x.sort(1).values,
    "a softmax over channels": lambda x: x.softmax(1),
    "other numbers by channel": lambda x: x * torch.arange(8.0).view(8, 1, 1),
    "channels added to rows": lambda x: x + x.mean((2, 3))[:, None, :4, None],
    "a Fourier transform over channels": lambda x: torch.fft.fft(x, dim=1).real,
}


@pytest.mark.parametrize("kind", STAY)
def test_what_cannot_be_followed_stays_or_goes_together(kind: str) -> None:
    assert len(set(read_after(STAY[kind]))) == 1


def test_an_operation_that_is_not_known_is_named() -> None:
    assert traced(Around(lambda x: x.sort(1).values)).unknown == {"sort"}


def test_an_addition_makes_channels_the_same() -> None:
    class Added(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.make, self.other = nn.Conv2d(3, 8, 1), nn.Conv2d(3, 8, 1)
            self.gain, self.bias = nn.Parameter(torch.ones(8, 1, 1)), nn.Parameter(torch.ones(8))

        def forward(self, images: torch.Tensor) -> Any:
            both = self.make(images) + self.gain * self.other(images)
            return both.flip(1) + self.bias.view(1, 8, 1, 1)

    network = Added()
    found = trace(nn.Sequential(network, nn.Conv2d(8, 2, 1)), torch.zeros(1, 3, 4, 4), "inner")

    def of(module: str, tensor: str) -> list[int]:
        return found.labels.channel(found.axes[module, tensor, 0].labels).tolist()

    channels = of("0.make", "weight")
    assert channels == of("0.other", "weight") == of("0", "gain") == of("0", "bias")[::-1]
