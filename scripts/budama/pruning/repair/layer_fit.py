"""The refit of one layer: sums over the batches, then its weights and its constant."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from budama.pruning.repair.lockstep import Walk
from budama.pruning.repair.regression import Sums, fitted
from budama.pruning.repair.rows import (
    Layer,
    by_group,
    grid_of,
    groups_of,
    input_rows,
    matrix,
    output_rows,
    positions_of,
)

# A kernel with more weights per output is fitted channel by channel, in the same way at each of its
# positions: a covariance of all of them would cost more than the network itself. Where a kernel is
# a single position, there is nothing to be gained.
WIDEST = 1200
_HELD_OUT = 4  # one of so many images
_CHECKED_ROWS = 4096
Sample = Callable[[int], torch.Tensor]


@dataclass(frozen=True)
class Fit:
    """New weights ``[groups, outputs, features]`` and constant ``[outputs]`` of a layer.

    ``before`` and ``after`` are the shares of its dense outputs' variance that it gives.
    """

    weights: torch.Tensor
    constant: torch.Tensor
    before: float
    after: float


@dataclass
class TwoSums:
    """Sums over images that are seen, and over those that are held out to choose the ridge."""

    seen: Sums | None = None
    held_out: Sums | None = None
    images: int = 0

    def add(self, images: int, rows: Callable[[slice], tuple[torch.Tensor, torch.Tensor]]) -> None:
        """Take in the rows that ``rows`` gives for a part of so many images."""
        # of batches smaller than that, one in so many is held out as a whole
        before, self.images = self.images, self.images + images
        first = images - (self.images // _HELD_OUT - before // _HELD_OUT)
        if first > 0:
            self.seen = _plus(self.seen, Sums.over(*rows(slice(0, first))))
        if first < images:
            self.held_out = _plus(self.held_out, Sums.over(*rows(slice(first, images))))

    @property
    def whole(self) -> Sums:
        """Those over all images."""
        assert self.seen is not None, "there is a batch"
        return _plus(self.held_out, self.seen)

    def fitted(self, prior: torch.Tensor, *, exact: bool) -> torch.Tensor:
        """Return the weights that fit best, as ``regression.fitted``."""
        assert self.seen is not None, "there is a batch"
        return fitted(self.seen, self.held_out, prior, exact=exact)


class LayerFit:
    """From a layer's actual inputs to its dense outputs, all its weights at once."""

    def __init__(self, before: Layer, after: Layer, outputs: torch.Tensor, sample: Sample) -> None:
        self._before, self._after, self._outputs, self._sample = before, after, outputs, sample
        self._sums = TwoSums()

    def add(self, dense: Walk, cut: Walk) -> None:
        """Take in a batch with which both networks halt at the layer."""
        self._sums.add(len(cut.inputs), lambda part: self._rows(dense, cut, part, self._sample))

    def fit(self) -> Fit:
        """Return the weights that give the dense outputs best."""
        prior, whole = matrix(self._after), self._sums.whole
        exact = self._before.weight.dtype == torch.float64
        weights = self._sums.fitted(prior, exact=exact)
        variance = float(whole.centred()[2].sum())
        before, after = (
            1 - float(whole.unexplained(w).sum()) / variance if variance > 0 else math.nan
            for w in (prior, weights)
        )
        return Fit(weights, whole.constant(weights).flatten(), before, after)

    def _rows(
        self, dense: Walk, cut: Walk, part: slice, sample: Sample
    ) -> tuple[torch.Tensor, torch.Tensor]:
        outputs = dense.outputs[part]
        at = sample(positions_of(outputs, self._before)).to(outputs.device)
        grid = grid_of(self._before, outputs)
        return input_rows(self._after, cut.inputs[part], grid, at), output_rows(
            self._after, outputs, at, self._outputs.nonzero()[:, 0].to(outputs.device)
        )


class ChannelFit(LayerFit):
    """From a layer's actual inputs to its dense inputs, channel by channel, for very wide layers.

    What is found holds at every position of the kernel, so that the sums are of channels squared.
    How far to go that way is chosen for each output by what it gives on some of the rows: it is
    never worse there than the weights as they are.
    """

    def __init__(
        self,
        before: Layer,
        after: Layer,
        inputs: torch.Tensor,
        outputs: torch.Tensor,
        sample: Sample,
        repeats: int,
    ) -> None:
        super().__init__(before, after, outputs, sample)
        self._inputs, self._repeats = inputs, repeats
        self._checked: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._number = 0

    def add(self, dense: Walk, cut: Walk) -> None:
        """See ``LayerFit.add``."""
        self._sums.add(len(cut.inputs), lambda part: self._channels(dense, cut, part))
        if self._number < _CHECKED_ROWS:
            few = 1 + _CHECKED_ROWS // (8 * len(cut.inputs))
            rows = self._rows(dense, cut, slice(None), lambda n: _spread(self._sample(n), few))
            self._checked.append(rows)
            self._number += rows[0].shape[1]

    def fit(self) -> Fit:
        """See ``LayerFit.fit``."""
        groups = groups_of(self._before)
        left = self._inputs.view(groups, -1, self._repeats)[:, :, 0]
        prior = torch.stack([torch.eye(len(mask)).double()[:, mask] for mask in left])
        prior = prior.to(self._before.weight.device)
        exact = self._before.weight.dtype == torch.float64
        inputs = self._sums.fitted(prior, exact=exact)
        kept = self._outputs.to(self._before.weight.device)
        dense = matrix(self._before)
        dense = dense[kept.view(groups, -1)].view(groups, -1, left.shape[1], self._taps)
        weights = torch.einsum("goct,gcs->gost", dense, inputs).flatten(2)
        constant = torch.einsum("goct,gc->go", dense, self._sums.whole.constant(inputs))
        bias = self._before.bias
        own = torch.zeros_like(constant) if bias is None else _by_group(bias[kept], groups)
        return self._as_far_as_it_helps(weights, constant, own)

    @property
    def _taps(self) -> int:
        return self._before.weight[0, 0].numel() * self._repeats

    def _channels(self, dense: Walk, cut: Walk, part: slice) -> tuple[torch.Tensor, torch.Tensor]:
        read, wanted = cut.inputs[part], dense.inputs[part]
        if isinstance(self._before, nn.Linear):
            read, wanted = (x.reshape(len(x), -1, self._repeats) for x in (read, wanted))
        read, wanted = (x.reshape(len(x), x.shape[1], -1) for x in (read, wanted))
        at = self._sample(read.shape[2]).to(read.device)
        groups = groups_of(self._before)
        rows = (x[:, :, at].transpose(1, 2).flatten(0, 1) for x in (read, wanted))
        of_read, of_wanted = (by_group(values, groups) for values in rows)
        return of_read, of_wanted

    def _as_far_as_it_helps(
        self, weights: torch.Tensor, constant: torch.Tensor, bias: torch.Tensor
    ) -> Fit:
        prior = matrix(self._after)
        x, y = (torch.cat(parts, 1).double() for parts in zip(*self._checked, strict=True))
        missing = y - x @ prior.transpose(1, 2) - bias[:, None]
        given = x @ (weights - prior).transpose(1, 2) + constant[:, None]
        share = (missing * given).sum(1) / given.square().sum(1).clamp_min(1e-30)
        share = share.clamp(0, 1)
        variance = float((y - y.mean(1, keepdim=True)).square().sum())
        before, after = (
            1 - float((e - e.mean(1, keepdim=True)).square().sum()) / variance
            if variance > 0
            else math.nan
            for e in (missing, missing - share[:, None] * given)
        )
        return Fit(
            prior + share[:, :, None] * (weights - prior),
            (bias + share * constant).flatten(),
            before,
            after,
        )


def _spread(positions: torch.Tensor, number: int) -> torch.Tensor:
    """Return about so many of ``positions``, from all over the image."""
    return positions[:: max(1, len(positions) // number)]


def _plus(known: Sums | None, sums: Sums) -> Sums:
    return sums if known is None else known + sums


def _by_group(values: torch.Tensor, groups: int) -> torch.Tensor:
    return values.detach().double().view(groups, -1)
