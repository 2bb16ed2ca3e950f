"""A layer's share in a group of channels."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn

Filters = (
    *(nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear),
    *(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d),
)
Convolution = nn.modules.conv._ConvNd
_Transposed = nn.modules.conv._ConvTransposeNd


@dataclass(frozen=True)
class Member:
    """A layer's share in a group.

    Channel ``own[i]`` of ``module`` is coupled to channel ``root[i]`` of the group: on its output
    side (a convolution's filters, a norm's parameters) or on its input side (the next layer's
    kernels). A depthwise convolution is on the output side and has its own input besides. A
    parameter that is none of a layer's weights (a position embedding, the scale of a branch) is a
    member by itself, and no ``layer``: ``tensor`` is its name in ``module``, ``axis`` the axis of
    its channels. ``runs`` tells whether the layer is called: the weights of others are only read.
    """

    name: str
    module: nn.Module
    side: Literal["out", "in"]
    own: torch.Tensor
    root: torch.Tensor
    tensor: str = "weight"
    axis: int = 0
    layer: bool = True
    runs: bool = True

    @property
    def depthwise(self) -> bool:
        """Whether the layer filters each channel by itself."""
        return self.layer and is_depthwise(self.module)

    @property
    def width(self) -> int:
        """How many channels the layer has on this side."""
        if self.layer and isinstance(self.module, Convolution):
            return self.module.in_channels if self.side == "in" else self.module.out_channels
        held: Any = getattr(self.module, self.tensor)
        return int(held.shape[self.axis])

    @property
    def filters(self) -> bool:
        """Whether it is a convolution or a linear layer that can be watched as it runs."""
        return self.layer and self.runs and isinstance(self.module, Filters)

    def slices(self) -> torch.Tensor | None:
        """Return the weights that belong to each of the layer's channels on this side.

        ``[channels of the layer on this side, weights]``, detached; ``None`` for a layer without
        weights. On the input side of a grouped convolution a channel is read by its own group's
        filters alone.
        """
        weight = getattr(self.module, self.tensor, None)
        if not isinstance(weight, nn.Parameter):
            return None
        groups = getattr(self.module, "groups", 1) if self.side == "in" else 1
        if groups == 1:
            return (
                weight.detach().movedim(self.axis, 0).flatten(1)
                if weight.ndim > 1
                else (weight.detach()[:, None])
            )
        split = weight.detach().flatten(2)
        filters, inputs, kernel = split.shape
        return (
            split.reshape(groups, filters // groups, inputs, kernel)
            .transpose(1, 2)
            .reshape(groups * inputs, -1)
        )


def is_depthwise(layer: nn.Module) -> bool:
    """Whether each input channel is filtered by itself."""
    return (
        isinstance(layer, Convolution)
        and layer.groups > 1
        and layer.groups == layer.in_channels == layer.out_channels
    )


def axes_of(layer: nn.Module) -> dict[str, int]:
    """Return the axes of the weight on which a layer has its outputs and reads its inputs."""
    if isinstance(layer, _Transposed):
        return {"out": 1, "in": 0}
    return {"out": 0, "in": 1} if isinstance(layer, Filters) else {"out": 0}
