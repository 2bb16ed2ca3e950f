"""From the width of each group to the channels of each layer."""

from collections.abc import Mapping, Sequence

from budama.models.onnx.resized import Sizes
from budama.pruning.groups import ChannelGroup


def layer_sizes(groups: Sequence[ChannelGroup], widths: Mapping[str, int]) -> dict[str, Sizes]:
    """Return the channels of every layer that takes part in ``groups``, by its name.

    ``widths`` are the units that are left of a group; a group that it does not name is whole.
    """
    gone: dict[tuple[str, str], int] = {}
    whole: dict[str, Sizes] = {}
    for group in groups:
        lost = group.units - widths.get(group.name, group.units)
        for member in group.members:
            whole[member.name] = _whole(member.module, member.width)
            share = lost * len(member.own) // group.units
            for side in ("out", "in") if member.depthwise else (member.side,):
                key = (member.name, side)
                gone[key] = gone.get(key, 0) + share
    return {
        name: Sizes(
            size.outputs - gone.get((name, "out"), 0), size.inputs - gone.get((name, "in"), 0)
        )
        for name, size in whole.items()
    }


def units_left(groups: Sequence[ChannelGroup], kept: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Return how many units are left of each group that ``kept`` names with its channels."""
    return {
        group.name: len(group.units_in(kept[group.name])) for group in groups if group.name in kept
    }


def _whole(module: object, width: int) -> Sizes:
    outputs = getattr(module, "out_channels", getattr(module, "out_features", width))
    inputs = getattr(module, "in_channels", getattr(module, "in_features", width))
    return Sizes(int(outputs), int(inputs))
