"""What a layer reads and gives, as rows: each output is a row of inputs times the layer's weights.

A convolution's row is a patch of its input, a linear layer's one of its vectors.
"""

import torch
from torch import nn
from torch.nn import functional

Layer = nn.Conv2d | nn.Linear
# Rounding of float32 over some thousand products; a layer of another kind is off by far more.
_SAME = 1e-3


def matrix(layer: Layer) -> torch.Tensor:
    """Return a layer's weights by group: float64 ``[groups, outputs, features]``."""
    groups = groups_of(layer)
    weight = layer.weight.detach()
    return weight.reshape(groups, len(weight) // groups, -1).double()


def groups_of(layer: Layer) -> int:
    """Return into how many groups a layer divides what it reads."""
    return layer.groups if isinstance(layer, nn.Conv2d) else 1


def positions_of(outputs: torch.Tensor, layer: Layer) -> int:
    """Return how many rows one image gives."""
    if isinstance(layer, nn.Conv2d):
        return outputs.shape[2] * outputs.shape[3]
    return outputs[0].numel() // outputs.shape[-1]


def input_rows(
    layer: Layer, inputs: torch.Tensor, grid: tuple[int, int], positions: torch.Tensor
) -> torch.Tensor:
    """Return what the layer reads for its outputs at ``positions``, ``[groups, rows, features]``.

    ``grid`` is the height and width of a convolution's output.
    """
    if isinstance(layer, nn.Linear):
        rows = inputs.reshape(len(inputs), -1, inputs.shape[-1])[:, positions]
        return rows.reshape(1, -1, inputs.shape[-1])
    windows = _padded(layer, inputs, grid)
    for side in (0, 1):
        reach = (layer.kernel_size[side] - 1) * layer.dilation[side] + 1
        windows = windows.unfold(2 + side, reach, layer.stride[side])
    windows = windows[..., :: layer.dilation[0], :: layer.dilation[1]]
    chosen = windows[:, :, positions // grid[1], positions % grid[1]]
    rows = chosen.permute(0, 2, 1, 3, 4).flatten(0, 1).flatten(1)
    return by_group(rows, layer.groups)


def output_rows(
    layer: Layer,
    outputs: torch.Tensor,
    positions: torch.Tensor,
    kept: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return outputs at ``positions``, ``[groups, rows, outputs of a group]``.

    ``layer`` says how they are grouped; of those of the dense layer, only the indices ``kept`` are
    taken. Positions come first: copies of whole outputs would take longer than all else.
    """
    if isinstance(layer, nn.Linear):
        rows = outputs.reshape(len(outputs), -1, outputs.shape[-1])[:, positions].flatten(0, 1)
    else:
        rows = at_positions(outputs, positions).transpose(1, 2).flatten(0, 1)
    if kept is not None:
        rows = rows.index_select(1, kept)
    return by_group(rows, groups_of(layer))


def by_group(rows: torch.Tensor, groups: int) -> torch.Tensor:
    """Turn ``[rows, values]`` into ``[groups, rows, values of a group]``."""
    return rows.reshape(len(rows), groups, -1).transpose(0, 1)


def at_positions(images: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Return ``images [images, channels, height, width]`` there, ``[images, channels, rows]``."""
    width = images.shape[3]
    return images[:, :, positions // width, positions % width]


def grid_of(layer: Layer, outputs: torch.Tensor) -> tuple[int, int]:
    """Return the height and width of a convolution's output; of a linear layer, one row."""
    if isinstance(layer, nn.Conv2d):
        return outputs.shape[2], outputs.shape[3]
    return 1, positions_of(outputs, layer)


def computes_rows(layer: Layer, inputs: torch.Tensor, outputs: torch.Tensor) -> bool:
    """Whether the layer really gives its weights times what ``input_rows`` says that it reads.

    Layers that change their weights or inputs on the way (weight standardisation, a parametrisation
    with a cache, another padding) do not, and cannot be refitted by their weights.
    """
    if not isinstance(layer.weight, nn.Parameter):  # made of others each time: not to be changed
        return False
    grid = grid_of(layer, outputs)
    positions = torch.linspace(0, grid[0] * grid[1] - 1, min(8, grid[0] * grid[1])).long()
    try:
        rows = input_rows(layer, inputs, grid, positions.to(inputs.device))
        expected = rows.double() @ matrix(layer).transpose(1, 2)
    except (RuntimeError, IndexError):
        return False
    found = output_rows(layer, outputs, positions.to(inputs.device)).double()
    if layer.bias is not None:
        expected = expected + layer.bias.detach().double().view(expected.shape[0], 1, -1)
    if expected.shape != found.shape:
        return False
    return bool((found - expected).abs().max() <= _SAME * found.abs().max().clamp_min(1e-12))


def _padded(layer: nn.Conv2d, inputs: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """Pad as the layer does: by its own numbers, or as much as its output's size asks for."""
    around = []
    for side in (1, 0):
        reach = (layer.kernel_size[side] - 1) * layer.dilation[side] + 1
        needed = (grid[side] - 1) * layer.stride[side] + reach - inputs.shape[2 + side]
        given = layer.padding[side] if isinstance(layer.padding, tuple) else None
        # a layer may leave the last rows of its input unread
        if given is not None and 0 <= 2 * given - needed < layer.stride[side]:
            around += [given, given]
        else:
            around += [max(0, needed) // 2, max(0, needed) - max(0, needed) // 2]
    mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
    return functional.pad(inputs, around, mode=mode) if any(around) else inputs
