"""ResNets for images of 32 pixels (He et al., 2016, section 4.2), with parameter-free shortcuts.

Where a block halves the image, its shortcut takes every second position and pads the new channels
with zeros on both sides ("option A"). The layers are named as in the checkpoints that go around.
"""

import torch
from blocks import Block
from torch import nn


class ResNet(nn.Module):
    """Three stages of equally many blocks, of 16, 32 and 64 channels."""

    def __init__(self, classes: int, blocks: int, width: int = 16) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = _stage(width, width, blocks, stride=1)
        self.layer2 = _stage(width, 2 * width, blocks, stride=2)
        self.layer3 = _stage(2 * width, 4 * width, blocks, stride=2)
        self.linear = nn.Linear(4 * width, classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits ``[batch, classes]`` of images ``[batch, 3, 32, 32]``."""
        values = torch.relu(self.bn1(self.conv1(images)))
        values = self.layer3(self.layer2(self.layer1(values)))
        return self.linear(values.mean((2, 3)))


def resnet(classes: int, depth: int = 56, width: int = 16) -> ResNet:
    """Return the network of so many layers: 20, 32, 44, 56, 110, ..."""
    if (depth - 2) % 6:
        raise ValueError(f"depth must be 6n + 2, such as 20 or 56, and is {depth}")
    return ResNet(classes, (depth - 2) // 6, width)


def _stage(inputs: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    first = Block(inputs, width, stride)
    return nn.Sequential(first, *(Block(width, width) for _ in range(blocks - 1)))
