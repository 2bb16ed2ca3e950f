"""Weights that matter: what is zero, tiny or all equal would hide a mistake in its place.

The last norm of a residual block starts at zero, LayerScale at 1e-6, a classifier sometimes at
zero, norms at one: a channel can be taken for another there, and nothing changes.
"""

import torch
from torch import nn

_TINY = 1e-4  # by the largest value of a tensor
_WEAK = 1e-2  # by what a layer makes of inputs of size one
_STATISTICS = ("running_mean", "running_var", "weight", "bias")  # as buffers: of norms


def enliven(network: nn.Module) -> nn.Module:
    """Give the tensors of ``network`` that could hide a mistake other values, in place.

    Trained weights stay as they are. The values are the same each time.
    """
    generator = torch.Generator().manual_seed(0)
    done: set[int] = set()
    for layer in network.modules():
        buffers = {n: b for n, b in layer.named_buffers(recurse=False) if n in _STATISTICS}
        for name, tensor in (dict(layer.named_parameters(recurse=False)) | buffers).items():
            if id(tensor) not in done and tensor.is_floating_point() and tensor.numel():
                done.add(id(tensor))
                filters = name == "weight" and tensor.ndim > 1
                _enliven(tensor.data, generator, filters=filters)
    return network


def _enliven(tensor: torch.Tensor, generator: torch.Generator, *, filters: bool) -> None:
    if filters:
        fan_in = tensor[0].numel()
        strength = float(tensor.square().mean().sqrt()) * fan_in**0.5
        if strength < _WEAK or _constant(tensor):
            tensor.copy_(torch.randn(tensor.shape, generator=generator).to(tensor) / fan_in**0.5)
        return
    largest = float(tensor.abs().max())
    noise = torch.rand(tensor.shape, generator=generator).to(tensor)
    if largest < _TINY:
        sign = torch.randint(2, tensor.shape, generator=generator).to(tensor) * 2 - 1
        tensor.copy_(sign * (0.1 + 0.4 * noise))
    elif _constant(tensor) and tensor.numel() > 1:
        tensor.mul_(0.6 + 0.8 * noise)


def _constant(tensor: torch.Tensor) -> bool:
    return float(tensor.max() - tensor.min()) <= _TINY * float(tensor.abs().max())
