"""The dense network without some channels: they stay in their places, and are silent there.

Nothing here slices the network as a cut does, so that what a cut gets wrong is not repeated: a
channel keeps its place, and whatever was meant for another place shows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import torch
from torch import nn

from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Filters
from budama.pruning.parametrised import copy_of
from budama.pruning.reference.kept_only import filters_on, norm_on
from budama.system.errors import BudamaError

_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_LINEAR = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
_PLAIN = {layer.forward for layer in _LINEAR}  # a subclass may have code of its own
_OUT, _IN = 0, 1
_BATCH_NORM = nn.modules.batchnorm._BatchNorm


# The channels that a layer or a parameter loses, by the axis that they are on: of a layer 0 for its
# outputs and 1 for its inputs
Gone = dict[int, set[int]]


def without_channels(
    network: nn.Module, groups: Sequence[ChannelGroup], kept: Mapping[str, Sequence[int]]
) -> nn.Module:
    """Return a copy of ``network`` in which the channels that ``kept`` leaves out have no part.

    ``kept`` maps a group's name to its remaining channels. What makes the other channels makes
    zeros, what reads them multiplies by zeros, and norms are taken over the kept ones alone.
    Raises ``BudamaError`` for a layer of which that cannot be made.
    """
    silent = copy_of(network, share=True)
    modules = dict(silent.named_modules())
    norms: dict[str, set[int]] = {}
    for name, gone in _losses(groups, kept).items():
        owner, _, parameter = name.rpartition(".")
        if name in modules:
            _silence_layer(name, modules[name], gone)
        elif _per_channel(modules[owner], parameter):
            norms.setdefault(owner, set()).update(*gone.values())
        else:
            _silence_parameter(modules[owner], parameter, gone)
    for name, outputs in norms.items():
        _silence_norm(name, modules[name], outputs)
    return silent


def _losses(groups: Sequence[ChannelGroup], kept: Mapping[str, Sequence[int]]) -> dict[str, Gone]:
    found: dict[str, Gone] = defaultdict(lambda: defaultdict(set))
    for group in groups:
        lost = torch.ones(group.channels, dtype=torch.bool)
        lost[list(kept.get(group.name, range(group.channels)))] = False
        for member in group.members:
            own = member.own[lost[member.root]].tolist()
            if own:
                axis = {"out": _OUT, "in": _IN}[member.side] if member.layer else member.axis
                found[member.name][axis].update(own)
    return found


def _silence_layer(name: str, layer: nn.Module, gone: Gone) -> None:
    weight = getattr(layer, "weight", None)
    if isinstance(layer, _LINEAR) and type(layer).forward not in _PLAIN:
        assert isinstance(weight, torch.Tensor)
        groups = int(getattr(layer, "groups", 1))
        outputs = _kept(gone[_OUT], len(weight))
        inputs = _kept(gone[_IN], weight.shape[1] * groups)
        filters_on(name, layer, inputs, outputs, -1 if isinstance(layer, nn.Linear) else 1)
    elif isinstance(layer, (*_LINEAR, *_TRANSPOSED, nn.Embedding)):
        _silence_filters(layer, gone)
    elif isinstance(layer, _BATCH_NORM) and layer.affine:
        for key in ("weight", "bias"):
            _replace(layer, key, _zeroed(getattr(layer, key), 0, gone[_OUT]))
    else:
        _silence_norm(name, layer, gone[_OUT])


def _silence_norm(name: str, layer: nn.Module, gone: set[int]) -> None:
    width = _width(name, layer, gone)
    norm_on(name, layer, _kept(gone, width), width)


def _per_channel(layer: nn.Module, name: str) -> bool:
    """Whether ``layer`` is one of its own that has a number per channel, as norms and scales do."""
    tensor = getattr(layer, name)
    alone = not any(layer.children()) and not isinstance(layer, Filters)
    return max(tensor.shape) == tensor.numel() and alone


def _kept(gone: set[int], width: int) -> torch.Tensor:
    return torch.tensor([channel for channel in range(width) if channel not in gone])


def _silence_filters(layer: nn.Module, gone: Gone) -> None:
    """Make zero the filters of the outputs that are gone, and what reads the inputs that are."""
    weight = layer.weight
    assert isinstance(weight, torch.Tensor)
    weight = weight.data.clone()
    groups = int(getattr(layer, "groups", 1))
    # [groups, outputs of a group, inputs of a group, ...], whichever way the layer stores them
    if isinstance(layer, _TRANSPOSED):
        by_group = weight.view(groups, -1, *weight.shape[1:]).transpose(1, 2)
    elif isinstance(layer, nn.Embedding):
        by_group = weight.t()[None]
    else:
        by_group = weight.view(groups, -1, *weight.shape[1:])
    _, outputs, inputs, *_ = by_group.shape
    for channel in gone[_OUT]:
        by_group[channel // outputs, channel % outputs] = 0
    for channel in gone[_IN]:
        by_group[channel // inputs, :, channel % inputs] = 0
    _replace(layer, "weight", weight)
    bias = getattr(layer, "bias", None)
    if isinstance(bias, torch.Tensor):
        _replace(layer, "bias", _zeroed(bias, 0, gone[_OUT]))


def _silence_parameter(layer: nn.Module, name: str, gone: Gone) -> None:
    """Make zero what a parameter that makes no layer of its own holds for the channels."""
    tensor = getattr(layer, name).data
    for axis, channels in gone.items():
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
