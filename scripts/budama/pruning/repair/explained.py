"""Which layers can spare channels: what the kept inputs of a layer tell of all of them."""

import math
from collections.abc import Iterable

import torch

from budama.pruning.repair.layer_fit import Sample, TwoSums
from budama.pruning.repair.lockstep import Walk
from budama.pruning.repair.regression import predicted
from budama.pruning.repair.rows import Layer, grid_of, input_rows

_RIDGE = 1e-2
_MOST_INPUTS = 4096


def explained_by(layer: Layer, kept: torch.Tensor, walks: Iterable[Walk], sample: Sample) -> float:
    """Return the share of a dense layer's input variance that the ``kept`` inputs explain.

    Their own, and what they predict of the others on images that were not used for the prediction.
    ``walks`` halt behind the layer in the dense network. NaN where nothing varies, and where there
    are more inputs than can be looked at together.
    """
    if kept.all():
        return 1.0
    if len(kept) > _MOST_INPUTS:
        return math.nan
    sums = TwoSums()
    for walk in walks:
        at = sample(math.prod(grid_of(layer, walk.outputs))).to(walk.inputs.device)

        def rows(
            part: slice, walk: Walk = walk, at: torch.Tensor = at
        ) -> tuple[torch.Tensor, torch.Tensor]:
            x = _channels(layer, walk, part, at)
            stays = kept.to(x.device)
            return x[:, :, stays], x[:, :, ~stays]

        sums.add(len(walk.inputs), rows)
    others = sums.whole
    assert sums.seen is not None, "there is a batch"
    found = predicted(sums.seen, _RIDGE)
    tested = sums.held_out or others
    own = float(others.centred()[0].diagonal(dim1=1, dim2=2).sum())
    lost = float(others.centred()[2].sum())
    missed = float(tested.unexplained(found).sum()) / max(float(tested.centred()[2].sum()), 1e-30)
    missed = min(missed, 1.0)
    return (own + lost * (1 - missed)) / (own + lost) if own + lost > 0 else math.nan


def _channels(layer: Layer, walk: Walk, part: slice, at: torch.Tensor) -> torch.Tensor:
    """Return each channel once per row, ``[1, rows, channels]``: a patch's middle."""
    x = input_rows(layer, walk.inputs[part], grid_of(layer, walk.outputs), at)
    taps = layer.weight[0, 0].numel()
    return x.reshape(*x.shape[:2], -1, taps)[..., taps // 2].transpose(0, 1).flatten(1)[None]
