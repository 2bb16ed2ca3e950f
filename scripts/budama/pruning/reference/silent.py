"""The dense network without some channels: they stay in their places, and are silent there.

Nothing here slices the network as a cut does, so that what a cut gets wrong is not repeated: a
channel keeps its place, and whatever was meant for another place shows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import torch
from torch import nn

from budama.pruning.adapt.memories import forget
from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Filters
from budama.pruning.parametrised import copy_of
from budama.pruning.reference.kept_only import filters_on, norm_on
from budama.system.errors import BudamaError

_BATCH_NORM = nn.modules.batchnorm._BatchNorm
_TRANSPOSED = nn.modules.conv._ConvTransposeNd
_PLAIN = {layer.forward for layer in Filters}  # a subclass may have code of its own
# What goes from a layer or a parameter: indices by side, or by axis
Gone = dict[str | int, set[int]]


def without_channels(
    network: nn.Module, groups: Sequence[ChannelGroup], kept: Mapping[str, Sequence[int]]
) -> nn.Module:
    """Return a copy of ``network`` in which the channels that ``kept`` leaves out have no part.

    ``kept`` maps a group's name to its remaining channels. What makes the other channels makes
    zeros, what reads them multiplies by zeros, and norms are taken over the kept ones alone.
    Raises ``BudamaError`` for a layer of which that cannot be made.
    """
    silent = copy_of(network, share=True)
    forget(silent)
    modules = dict(silent.named_modules())
    layers, tensors = _losses(groups, kept, modules)
    norms: dict[str, set[int]] = {}
    for (name, tensor), gone in tensors.items():
        layer = modules[name]
        if not _per_channel(layer, tensor):
            _silence_tensor(layer, tensor, gone)
        elif not _own_filters(layer):  # these take all their tensors along
            norms.setdefault(name, set()).update(*gone.values())
    for name, gone in layers.items():
        _silence_layer(name, modules[name], gone)
    for name, outputs in norms.items():
        _silence_norm(name, modules[name], outputs)
    return silent


def _losses(
    groups: Sequence[ChannelGroup],
    kept: Mapping[str, Sequence[int]],
    modules: Mapping[str, nn.Module],
) -> tuple[dict[str, Gone], dict[tuple[str, str], Gone]]:
    """Return what layers lose, by side, and what single tensors of modules lose, by axis."""
    layers: dict[str, Gone] = defaultdict(lambda: defaultdict(set))
    tensors: dict[tuple[str, str], Gone] = defaultdict(lambda: defaultdict(set))
    for group in groups:
        lost = torch.ones(group.channels, dtype=torch.bool)
        lost[list(kept.get(group.name, range(group.channels)))] = False
        for member in group.members:
            own = member.own[lost[member.root]].tolist()
            if not own:
                continue
            if member.name not in modules:
                owner = member.name.removesuffix(member.tensor).removesuffix(".")
                tensors[owner, member.tensor][member.axis].update(own)
            elif isinstance(member.module, nn.Embedding):
                tensors[member.name, member.tensor][member.axis].update(own)
            else:
                layers[member.name][member.side].update(own)
    return layers, tensors


def _silence_layer(name: str, layer: nn.Module, gone: Gone) -> None:
    outputs, inputs = gone.get("out", set()), gone.get("in", set())
    if _own_filters(layer):
        weight = layer.get_parameter("weight")
        reads = weight.shape[1] * int(getattr(layer, "groups", 1))
        axis = -1 if isinstance(layer, nn.Linear) else 1
        filters_on(name, layer, _kept(inputs, reads), _kept(outputs, len(weight)), axis)
    elif isinstance(layer, Filters):
        _silence_filters(layer, outputs, inputs)
    elif isinstance(layer, _BATCH_NORM) and layer.affine:
        for key in ("weight", "bias"):
            _replace(layer, key, _zeroed(getattr(layer, key), 0, outputs))
    else:
        _silence_norm(name, layer, outputs)


def _own_filters(layer: nn.Module) -> bool:
    """Whether a convolution or linear layer has code of its own, such as a standardisation."""
    return (
        isinstance(layer, Filters)
        and not isinstance(layer, _TRANSPOSED)
        and type(layer).forward not in _PLAIN
    )


def _silence_norm(name: str, layer: nn.Module, gone: set[int]) -> None:
    width = _width(name, layer, gone)
    norm_on(name, layer, _kept(gone, width), width)


def _per_channel(layer: nn.Module, name: str) -> bool:
    """Whether ``layer`` is one of its own that has a number per channel, as norms and scales do."""
    tensor = getattr(layer, name)
    return max(tensor.shape) == tensor.numel() and not any(layer.children())


def _kept(gone: set[int], width: int) -> torch.Tensor:
    return torch.tensor([channel for channel in range(width) if channel not in gone])


def _silence_filters(layer: nn.Module, outputs: set[int], inputs: set[int]) -> None:
    """Make zero the filters of ``outputs``, and what reads ``inputs``."""
    weight = layer.get_parameter("weight").data.clone()
    # [groups, outputs of a group, inputs of a group, ...], whichever way the layer stores them
    by_group = weight.view(int(getattr(layer, "groups", 1)), -1, *weight.shape[1:])
    if isinstance(layer, _TRANSPOSED):
        by_group = by_group.transpose(1, 2)
    _, makes, reads, *_ = by_group.shape
    for channel in outputs:
        by_group[channel // makes, channel % makes] = 0
    for channel in inputs:
        by_group[channel // reads, :, channel % reads] = 0
    _replace(layer, "weight", weight)
    bias = getattr(layer, "bias", None)
    if isinstance(bias, torch.Tensor):
        _replace(layer, "bias", _zeroed(bias, 0, outputs))


def _silence_tensor(layer: nn.Module, name: str, gone: Gone) -> None:
    """Make zero what a tensor that makes no layer of its own holds for the channels."""
    tensor = getattr(layer, name)
    if not tensor.is_floating_point():  # indices
        return
    for axis, channels in gone.items():
        assert isinstance(axis, int)
        tensor = _zeroed(tensor, axis, channels)
    _replace(layer, name, tensor)


def _zeroed(tensor: torch.Tensor, dim: int, gone: set[int]) -> torch.Tensor:
    return tensor.data.index_fill(dim, torch.tensor(sorted(gone), dtype=torch.long), 0)


def _replace(layer: nn.Module, name: str, tensor: torch.Tensor) -> None:
    """Give ``layer`` a tensor of its own, also where it shares one with another layer."""
    if name in layer._parameters:
        layer._parameters[name] = nn.Parameter(tensor, requires_grad=False)
    else:
        layer._buffers[name] = tensor


def _width(name: str, layer: nn.Module, gone: set[int]) -> int:
    """Return how many channels a layer has that gives as many as it gets."""
    shape = getattr(layer, "normalized_shape", None)
    sizes = [getattr(layer, key, None) for key in ("num_channels", "num_features")]
    sizes += [*shape] if isinstance(shape, tuple | list) else []
    sizes += [size for tensor in layer.parameters(recurse=False) for size in tensor.shape]
    sizes += [size for tensor in layer.buffers(recurse=False) for size in tensor.shape]
    found = [size for size in sizes if isinstance(size, int) and size > max(gone, default=0)]
    if not found:
        raise BudamaError(
            f"layer '{name}' holds nothing that tells its channels. Name it under 'ignore', so "
            "that it stays whole"
        )
    return found[0]
