"""Weights that matter: what is zero, tiny or all equal would hide a mistake in its place.

The last norm of a residual block starts at zero, LayerScale at 1e-6, a classifier sometimes at
zero, norms at one: a channel can be taken for another there, and nothing changes. And statistics
that no image has passed let a deep network's signal die out or explode.
"""

from collections.abc import Iterator

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

_TINY = 1e-4  # by the largest value of a tensor
_WEAK = 1e-2  # by what a layer makes of inputs of size one
_STATISTICS = ("running_mean", "running_var", "weight", "bias")  # as buffers: of norms
_LEAST_VARIANCE = 0.1  # of a channel, by the mean of all; two images alone may give none


@torch.no_grad()
def enliven(network: nn.Module, images: torch.Tensor, *, anew: bool = False) -> None:
    """Give the tensors of ``network`` that could hide a mistake other values, in place.

    Trained weights stay as they are. Batch norms that have seen no image, with ``anew`` all of
    them, take the statistics of ``images``, for which the network is run. The values are the same
    each time.
    """
    fresh = [layer for layer in network.modules() if _unseen(layer) or (anew and _keeps(layer))]
    generator = torch.Generator().manual_seed(0)
    done: set[int] = set()
    for name, tensor in _tensors(network):
        if id(tensor) not in done and tensor.is_floating_point() and tensor.numel():
            done.add(id(tensor))
            _enliven(tensor.data, generator, filters=name == "weight" and tensor.ndim > 1)
    hooks = [_settled_by_first_input(layer) for layer in fresh]
    if fresh:
        network(images)
    for hook in hooks:
        hook.remove()


def _tensors(network: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    for layer in network.modules():
        yield from layer.named_parameters(recurse=False)
        yield from ((n, b) for n, b in layer.named_buffers(recurse=False) if n in _STATISTICS)


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


def _keeps(layer: nn.Module) -> bool:
    """Whether ``layer`` is a batch norm that keeps statistics."""
    return isinstance(layer, nn.modules.batchnorm._BatchNorm) and layer.running_mean is not None


def _unseen(layer: nn.Module) -> bool:
    """Whether ``layer`` is a batch norm with the statistics that it was made with."""
    means = getattr(layer, "running_mean", None)
    return isinstance(layer, nn.modules.batchnorm._BatchNorm) and (
        means is not None and not means.any()
    )


def _settled_by_first_input(layer: nn.Module) -> RemovableHandle:
    """Let ``layer`` take its statistics from what it reads first."""
    seen = False

    def settle(norm: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        nonlocal seen
        if not seen:
            seen = True
            channels = inputs[0].transpose(0, 1).flatten(1)
            variance, mean = torch.var_mean(channels, 1, correction=0)
            least = _LEAST_VARIANCE * variance.mean() + torch.finfo(variance.dtype).eps
            norm.get_buffer("running_mean").copy_(mean)
            norm.get_buffer("running_var").copy_(variance + least)

    return layer.register_forward_pre_hook(settle)
