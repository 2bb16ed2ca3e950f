"""Random small networks that know themselves which layers share which channels."""

from dataclasses import dataclass, field

import torch
from hypothesis import strategies as st
from torch import nn


@dataclass
class Channels:
    """Channels that can only be cut together, and the layers that write and read them."""

    name: str
    width: int
    writers: list[nn.Module] = field(default_factory=list)
    norms: list[nn.Module] = field(default_factory=list)
    readers: list[nn.Module] = field(default_factory=list)


class RandomNet(nn.Module):
    """A chain of blocks, and of each layer what it reads.

    ``blocks`` are drawn from ``conv``, ``grouped``, ``depthwise``, ``residual`` and ``norm``;
    ``seen`` holds what each layer read in the last forward pass.
    """

    def __init__(self, blocks: list[tuple[str, int]], seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.kinds = ["conv", *(kind for kind, _ in blocks)]
        self.layers = nn.ModuleList([nn.Conv2d(3, 4, 3, padding=1)])
        self.shared = [Channels("layers.0", 4, writers=[self.layers[0]])]
        self.seen: dict[nn.Module, torch.Tensor] = {}
        for kind, width in blocks:
            self.layers.append(self._block(kind, width))
        self.classifier = nn.Linear(self.shared[-1].width, 3)
        self.shared[-1].readers.append(self.classifier)
        self.eval()

    def _block(self, kind: str, width: int) -> nn.Module:
        here = self.shared[-1]
        if kind == "norm":
            norm = nn.BatchNorm2d(here.width)
            nn.init.uniform_(norm.weight, -1.5, 1.5)
            nn.init.uniform_(norm.bias, -0.2, 0.2)
            here.norms.append(norm)
            return norm
        if kind == "depthwise":
            layer = nn.Conv2d(here.width, here.width, 3, padding=1, groups=here.width)
            here.writers.append(layer)
            here.readers.append(layer)
            return layer
        here_too = kind == "residual"
        groups = 2 if kind == "grouped" else 1
        layer = nn.Conv2d(here.width, here.width if here_too else width, 1, groups=groups)
        here.readers.append(layer)
        if here_too:
            here.writers.append(layer)
        else:
            name = f"layers.{len(self.layers)}"
            self.shared.append(Channels(name, width, writers=[layer]))
        return layer

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = images
        for kind, layer in zip(self.kinds, self.layers, strict=True):
            self.seen[layer] = hidden.detach()
            out = layer(hidden)
            # not a plain ReLU, which may silence a network so narrow: no cut of it can be verified
            hidden = torch.nn.functional.leaky_relu(out + hidden if kind == "residual" else out)
        pooled = hidden.mean((2, 3))
        self.seen[self.classifier] = pooled.detach()
        logits: torch.Tensor = self.classifier(pooled)
        return logits


def networks() -> st.SearchStrategy[RandomNet]:
    """Draw networks of one to six blocks."""
    kinds = st.sampled_from(["conv", "grouped", "depthwise", "residual", "norm"])
    block = st.tuples(kinds, st.sampled_from([4, 6, 8]))
    blocks = st.lists(block, min_size=1, max_size=6)
    return st.builds(RandomNet, blocks, st.integers(0, 2**16))
