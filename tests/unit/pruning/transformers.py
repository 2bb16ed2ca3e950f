"""Small attention networks, each built by itself with random weights."""

from collections.abc import Callable

import timm
import torch
from torch import nn


class Vit(nn.Module):
    """A class token, a position embedding, LayerScale and queries, keys and values in one layer."""

    def __init__(self, blocks: int = 1) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, 12, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 12))
        self.position = nn.Parameter(torch.randn(1, 5, 12))
        self.blocks = nn.ModuleList(Block() for _ in range(blocks))
        self.norm, self.head = nn.LayerNorm(12), nn.Linear(12, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = self.proj(images).flatten(2).transpose(1, 2)
        hidden = torch.cat([self.token.expand(len(hidden), -1, -1), hidden], 1) + self.position
        for block in self.blocks:
            hidden = block(hidden)
        logits: torch.Tensor = self.head(self.norm(hidden)[:, 0])
        return logits


class Block(nn.Module):
    """An attention with three heads and an MLP, each with a scale of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(12), nn.LayerNorm(12)
        self.qkv, self.out, self.heads = nn.Linear(12, 36), nn.Linear(12, 12), 3
        self.scale1, self.scale2 = (nn.Parameter(torch.full((12,), 0.1)) for _ in range(2))
        self.fc1, self.fc2 = nn.Linear(12, 20), nn.Linear(20, 12)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        batch, positions, _ = hidden.shape
        qkv = self.qkv(self.norm1(hidden)).reshape(batch, positions, 3, self.heads, -1)
        queries, keys, values = qkv.permute(2, 0, 3, 1, 4)
        weights = (queries @ keys.transpose(-2, -1) * 0.5).softmax(-1)
        attended = (weights @ values).transpose(1, 2).flatten(2)
        hidden = hidden + self.scale1 * self.out(attended)
        mlp = self.fc2(nn.functional.gelu(self.fc1(self.norm2(hidden))))
        given: torch.Tensor = hidden + self.scale2 * mlp
        return given


class Encoder(nn.Module):
    """PyTorch's own layer."""

    def __init__(self, *, norm_first: bool, batch_first: bool) -> None:
        super().__init__()
        self.batch_first = batch_first
        self.stem = nn.Conv2d(3, 12, 4, 4)
        self.layer = nn.TransformerEncoderLayer(
            12, 3, 20, norm_first=norm_first, batch_first=batch_first
        )
        self.head = nn.Linear(12, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = self.stem(images).flatten(2).transpose(1, 2)
        if self.batch_first:
            hidden = self.layer(hidden)
        else:
            hidden = self.layer(hidden.transpose(0, 1)).transpose(0, 1)
        logits: torch.Tensor = self.head(hidden.mean(1))
        return logits


class Cross(nn.Module):
    """Some positions ask, and all answer."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 12, 4, 4), nn.LayerNorm(12)
        self.attention = nn.MultiheadAttention(12, 3, batch_first=True)
        self.head = nn.Linear(12, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = self.norm(self.stem(images).flatten(2).transpose(1, 2))
        attended, _ = self.attention(hidden[:, :2] * 2, hidden, hidden, need_weights=False)
        logits: torch.Tensor = self.head(attended.mean(1))
        return logits


def swin() -> nn.Module:
    """Shifted windows in one stage, and patches that are merged for the other."""
    network: nn.Module = timm.create_model(
        "swin_tiny_patch4_window7_224",
        **{"img_size": 32, "window_size": 4, "embed_dim": 12, "num_classes": 3},
        **{"depths": (2, 1), "num_heads": (3, 3)},
    )
    return network


def _encoder(norm_first: bool, batch_first: bool) -> Callable[[], nn.Module]:
    return lambda: Encoder(norm_first=norm_first, batch_first=batch_first)


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "ViT": Vit,
    "encoder, norms first, batch first": _encoder(True, True),
    "encoder, norms first": _encoder(True, False),
    "encoder, batch first": _encoder(False, True),
    "encoder": _encoder(False, False),
    "cross": Cross,
    "Swin": swin,
}


def built(name: str) -> tuple[nn.Module, torch.Tensor]:
    """Return a network, and two images for it."""
    torch.manual_seed(0)
    size = 32 if name == "Swin" else 8
    return NETWORKS[name]().eval(), torch.randn(2, 3, size, size)
