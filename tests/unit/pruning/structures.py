"""Small networks, each with one way of joining channels that people's own networks have."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

WIDTH = 8


class Classifier(nn.Module):
    """A stem, a body, and a classifier of the mean over the image."""

    def __init__(self, body: nn.Module, inputs: int = WIDTH, outputs: int = WIDTH) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, inputs, 3, padding=1)
        self.body = body
        self.head = nn.Linear(outputs, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(self.body(torch.relu(self.stem(images))))
        logits: torch.Tensor = self.head(hidden.mean((2, 3)))
        return logits


class LastNorm(nn.LayerNorm):
    """A layer norm over the channels of images."""

    def forward(self, hidden: torch.Tensor) -> Any:
        return super().forward(hidden.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ChunkedGlu(nn.Module):
    """NAFNet's gate: halves are multiplied, and a layer norm stands before them."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.widen = LastNorm(WIDTH), nn.Conv2d(WIDTH, 2 * WIDTH, 1)
        self.width = WIDTH
        self.narrow = nn.Conv2d(WIDTH, WIDTH, 1)

    def forward(self, hidden: torch.Tensor) -> Any:
        first, second = self.widen(self.norm(hidden)).chunk(2, 1)
        return hidden + self.narrow(first * second)


class Glu(ChunkedGlu):
    """The same with PyTorch's own gate."""

    def forward(self, hidden: torch.Tensor) -> Any:
        return hidden + self.narrow(functional.glu(self.widen(self.norm(hidden)), 1))


class SlicedGlu(ChunkedGlu):
    """The same by slices, and the norm after them."""

    def forward(self, hidden: torch.Tensor) -> Any:
        wide = self.widen(hidden)
        return hidden + self.narrow(
            self.norm(wide[:, : self.width] * wide[:, self.width :].sigmoid())
        )


class PartialShortcut(nn.Module):
    """ReXNet's: the shortcut is added to the first channels of a wider layer."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.wider = nn.Conv2d(WIDTH, 6, 1), nn.Conv2d(6, 12, 1)
        self.width = WIDTH

    def forward(self, hidden: torch.Tensor) -> Any:
        wide = self.wider(torch.relu(self.inner(hidden)))
        return torch.cat([wide[:, : self.width] + hidden, wide[:, self.width :]], 1)


class PartialInPlace(PartialShortcut):
    """The same, written into the wider tensor."""

    def forward(self, hidden: torch.Tensor) -> Any:
        wide = self.wider(torch.relu(self.inner(hidden)))
        wide[:, : self.width] += hidden
        return wide


class ZeroPadded(nn.Module):
    """He et al. 2016, option A: a shortcut with every other pixel and channels of zeros."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(WIDTH, 12, 3, 2, 1)
        self.conv2 = nn.Conv2d(12, 2 * WIDTH, 3, 1, 1)

    def forward(self, hidden: torch.Tensor) -> Any:
        shortcut = functional.pad(hidden[:, :, ::2, ::2], (0, 0, 0, 0, WIDTH // 2, WIDTH // 2))
        return self.conv2(torch.relu(self.conv1(hidden))) + shortcut


class Shuffled(nn.Module):
    """ShuffleNet's: half of the channels goes by, then the halves are interleaved."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(WIDTH // 2, WIDTH // 2, 3, padding=1)

    def forward(self, hidden: torch.Tensor) -> Any:
        left, right = hidden.chunk(2, 1)
        both = torch.cat([left, self.conv(right)], 1)
        batch, channels, height, width = both.shape
        apart = both.view(batch, 2, channels // 2, height, width)
        return apart.transpose(1, 2).reshape(batch, channels, height, width)


class C2f(nn.Module):
    """YOLOv8's: a layer is split, one part goes on, and all that comes out is put together."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Conv2d(WIDTH, WIDTH, 1), nn.Conv2d(2 * WIDTH, WIDTH, 1)
        self.inner = nn.ModuleList(nn.Conv2d(WIDTH // 2, WIDTH // 2, 3, 1, 1) for _ in range(2))
        self.part = WIDTH // 2

    def forward(self, hidden: torch.Tensor) -> Any:
        parts = list(self.first(hidden).split(self.part, 1))
        for layer in self.inner:
            parts.append(torch.relu(layer(parts[-1])))
        return self.last(torch.cat(parts, 1))


class Res2(nn.Module):
    """Res2Net's: parts of a layer's channels, each added to what the one before gave."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Conv2d(WIDTH, 12, 1), nn.Conv2d(12, WIDTH, 1)
        self.inner = nn.ModuleList(nn.Conv2d(4, 4, 3, 1, 1) for _ in range(2))
        self.width = 4

    def forward(self, hidden: torch.Tensor) -> Any:
        first, *rest = self.first(hidden).split(self.width, 1)
        given, before = [first], first
        for layer, part in zip(self.inner, rest, strict=True):
            before = torch.relu(layer(part + before))
            given.append(before)
        return self.last(torch.cat(given, 1)) + hidden


class Maxout(nn.Module):
    """The larger one of each pair of neighbours."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.width = nn.Conv2d(WIDTH, 2 * WIDTH, 1), WIDTH

    def forward(self, hidden: torch.Tensor) -> Any:
        wide = self.wide(hidden)
        return wide.view(len(wide), self.width, 2, *wide.shape[2:]).amax(2)


class Eca(nn.Module):
    """ECA-Net's: a convolution over the channels' means weighs the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.before = nn.Conv2d(WIDTH, WIDTH, 1)
        self.over = nn.Conv1d(1, 1, 3, padding=1, bias=False)
        self.after = nn.Conv2d(WIDTH, WIDTH, 1)

    def forward(self, hidden: torch.Tensor) -> Any:
        hidden = self.before(hidden)
        means = hidden.mean((2, 3))[:, None]
        return self.after(hidden * self.over(means).sigmoid()[0, 0, None, :, None, None])


class StoredView(nn.Module):
    """A number of features that the code has written down."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 16, 3, 1, 1)
        self.hidden, self.head = nn.Linear(256, 10), nn.Linear(10, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(self.conv(torch.relu(self.stem(images))))
        logits: torch.Tensor = self.head(torch.relu(self.hidden(hidden.view(-1, 256))))
        return logits


class Standardised(nn.Conv2d):
    """A weight-standardised convolution with a gain (Brock et al., NFNets)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 1)
        self.gain = nn.Parameter(torch.rand(outputs, 1, 1, 1) + 0.5)

    def forward(self, hidden: torch.Tensor) -> Any:
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        weight = self.gain * weight / (weight.std((1, 2, 3), keepdim=True) + 1e-3)
        return functional.conv2d(hidden, weight, self.bias, self.stride, self.padding)


def transposed(groups: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(WIDTH, 12, 1),
        nn.ConvTranspose2d(12, 6, 2, 2, groups=groups),
        nn.Conv2d(6, WIDTH, 1),
    )


def prelu() -> nn.Module:
    return nn.Sequential(nn.Conv2d(WIDTH, 12, 1), nn.PReLU(12), nn.Conv2d(12, WIDTH, 1))


def standardised() -> nn.Module:
    return nn.Sequential(Standardised(WIDTH, 12), nn.ReLU(), Standardised(12, WIDTH))


STRUCTURES: dict[str, Callable[[], nn.Module]] = {
    "chunked glu": lambda: Classifier(ChunkedGlu()),
    "glu": lambda: Classifier(Glu()),
    "sliced glu": lambda: Classifier(SlicedGlu()),
    "partial shortcut": lambda: Classifier(PartialShortcut(), outputs=12),
    "partial in place": lambda: Classifier(PartialInPlace(), outputs=12),
    "zero-padded": lambda: Classifier(ZeroPadded(), outputs=2 * WIDTH),
    "shuffled": lambda: Classifier(Shuffled()),
    "C2f": lambda: Classifier(C2f()),
    "Res2Net": lambda: Classifier(Res2()),
    "maxout": lambda: Classifier(Maxout()),
    "ECA": lambda: Classifier(Eca()),
    "stored view": StoredView,
    "standardised": lambda: Classifier(standardised()),
    "PReLU": lambda: Classifier(prelu()),
    "transposed": lambda: Classifier(transposed()),
    "grouped transposed": lambda: Classifier(transposed(2)),
}
