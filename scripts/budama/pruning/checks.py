"""Is the cut right? The cut network must compute what the dense one does without those channels.

Torch-Pruning's graph does not follow every model's code, and what it misses need not crash: a slice
that is taken from the wrong channels gives wrong figures in silence.
"""

import copy
from collections.abc import Sequence

import torch
from torch import nn

from budama.models.figures import Example, one_image
from budama.pruning.groups import ChannelGroup
from budama.system.errors import BudamaError

# In float64: what is mistaken is mistaken by far more.
TOLERANCE = 1e-6


def without_channels(
    network: nn.Module, groups: Sequence[ChannelGroup], kept: dict[str, list[int]]
) -> nn.Module:
    """Return a copy of ``network`` in which nothing reads the channels that ``kept`` leaves out.

    ``kept`` maps a group's name to its remaining channels; the copy is in float64, on the CPU.
    """
    silent = copy.deepcopy(network).cpu().double()
    for group in groups:
        stays = torch.zeros(group.channels, dtype=torch.bool)
        stays[kept.get(group.name, range(group.channels))] = True
        for member in group.members:
            if member.side == "in":
                weight = silent.get_submodule(member.name).weight
                assert isinstance(weight, nn.Parameter)
                gone = member.own[~stays[member.root]]
                # in a grouped convolution, only its own group's filters read a channel
                parts = member.width // weight.shape[1]
                by_part = weight.data.view(parts, len(weight) // parts, *weight.shape[1:])
                by_part[gone // weight.shape[1], :, gone % weight.shape[1]] = 0
    return silent


def run(cut: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Return what ``cut`` makes of ``images``; raises ``BudamaError`` if it does not run."""
    try:
        with torch.no_grad():
            logits: torch.Tensor = cut(images)
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise BudamaError(
            "the cut model does not run: its code or one of its layers counts on the dense number "
            f"of channels, which Torch-Pruning does not follow ({' '.join(str(error).split())}). "
            "Name what must stay whole under 'ignore', or choose another architecture"
        ) from error
    return logits


def check_cut(cut: nn.Module, silent: nn.Module, example: Example) -> None:
    """Raise ``BudamaError`` unless ``cut`` runs and gives what ``silent`` does.

    Networks with norms over channels (layer and group norms) are only run: such a norm sees whether
    a channel is silent or gone.
    """
    cut = copy.deepcopy(cut).cpu().double().eval()
    shape = one_image(cut, example).shape
    image = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = run(cut, image)
    if any(isinstance(layer, nn.LayerNorm | nn.GroupNorm) for layer in cut.modules()):
        return
    with torch.no_grad():
        expected = silent.eval()(image)
    difference = float((found - expected).abs().max() / expected.abs().max().clamp_min(1e-30))
    if not difference <= TOLERANCE:
        raise BudamaError(
            "the cut model does not compute what the dense one does without those channels "
            f"(largest relative difference {difference:.2g}): Torch-Pruning's dependency graph "
            "does not follow this architecture. Name what must stay whole under 'ignore', or "
            "choose another"
        )
