"""What ``resnet.py`` imports from beside it."""

import torch
from torch import nn
from torch.nn.functional import pad


class Block(nn.Module):
    """Two convolutions and a shortcut without parameters."""

    def __init__(self, inputs: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Identity() if inputs == width else Shortcut(width - inputs)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return twice the channels and half the positions where the stride is 2."""
        inner = torch.relu(self.bn1(self.conv1(values)))
        return torch.relu(self.bn2(self.conv2(inner)) + self.shortcut(values))


class Shortcut(nn.Module):
    """Every second position, and ``more`` channels of zeros, half of them on each side."""

    def __init__(self, more: int) -> None:
        super().__init__()
        self.before, self.behind = more // 2, more - more // 2

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return ``[batch, channels + more, height / 2, width / 2]``."""
        return pad(values[:, :, ::2, ::2], (0, 0, 0, 0, self.before, self.behind))
