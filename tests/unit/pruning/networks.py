"""Networks whose cuts are hard to fit to a target."""

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    """Two convolutions; where the width changes, the shortcut is a third one."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        stride = 1 if inputs == width else 2
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Conv2d(inputs, width, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        inner = torch.relu(self.bn1(self.conv1(hidden)))
        return torch.relu(self.bn2(self.conv2(inner)) + self.shortcut(hidden))


class CifarResNet(nn.Sequential):
    """He et al. 2016: three stages of 16, 32 and 64 channels, ``depth`` = 6 x blocks + 2."""

    def __init__(self, depth: int) -> None:
        blocks = (depth - 2) // 6
        widths = [16] * blocks + [32] * blocks + [64] * blocks
        super().__init__(
            nn.Conv2d(3, 16, 3, 1, 1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            *(Block(*pair) for pair in zip([16, *widths], widths, strict=False)),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(64, 10),
        )


# What a whole stage shares: without it, the channels inside the blocks are cut alone
STAGES = ["0", "*.conv2", "*.shortcut"]


class Squeezed(nn.Module):
    """Blocks of a depthwise convolution with squeeze-and-excitation: much pooling, few MACs."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, widths[0], 3, 2, 1)
        self.depthwise = nn.ModuleList(nn.Conv2d(w, w, 3, 1, 1, groups=w) for w in widths)
        self.squeeze = nn.ModuleList(nn.Conv2d(w, max(1, w // 4), 1) for w in widths)
        self.excite = nn.ModuleList(nn.Conv2d(max(1, w // 4), w, 1) for w in widths)
        self.project = nn.ModuleList(
            nn.Conv2d(*pair, 1) for pair in zip(widths, [*widths[1:], 8], strict=True)
        )
        self.classifier = nn.Linear(8, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(self.first(images))
        for depthwise, squeeze, excite, project in zip(
            self.depthwise, self.squeeze, self.excite, self.project, strict=True
        ):
            hidden = torch.relu(depthwise(hidden))
            pooled = functional.adaptive_avg_pool2d(hidden, 1)
            hidden = project(hidden * torch.sigmoid(excite(torch.relu(squeeze(pooled)))))
        logits: torch.Tensor = self.classifier(functional.adaptive_avg_pool2d(hidden, 1).flatten(1))
        return logits
