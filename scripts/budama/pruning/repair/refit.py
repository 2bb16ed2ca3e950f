"""Refit: what is left of the network learns to give what the dense network gives, without labels.

Layer after layer, in the order in which they run, a layer's weights become those with which its
actual inputs, in the network as cut and refitted so far, give best what the same layer gives in the
dense network: linear least squares in closed form. After He et al., Channel Pruning for
Accelerating Very Deep Neural Networks, ICCV 2017, which fits the dense outputs to the cut network's
inputs; here for every layer behind the first that lost inputs, whatever chose the channels, with a
ridge towards the weights as they are, whose strength images held out choose for each layer.

Batch norms are moved on the way: by as much as the statistics of what they read differ from those
in the dense network on the same images. A network that computes what the dense one does keeps them.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain

import pandas as pd
import torch
from torch import nn

from budama.pruning.groups import ChannelGroup
from budama.pruning.repair.explained import explained_by
from budama.pruning.repair.kept import Kept, Place, places_of
from budama.pruning.repair.layer_fit import WIDEST, ChannelFit, Fit, LayerFit, Sample
from budama.pruning.repair.lockstep import Walk, halts
from budama.pruning.repair.norms import Batch, BatchNorm, evaluating, is_measured, move_norm
from budama.pruning.repair.rows import Layer, at_positions
from budama.system.errors import BudamaError
from budama.system.job.progress import track

COLUMNS = ["layer", "inputs", "kept", "explained_pct", "output_before_pct", "output_after_pct"]
# What halted passes may hold, of both networks together: the early layers of large networks are
# fitted on the first images, the later ones, which give less, on all.
_MOST_BYTES = 2**31
# Each pass is a thread, and each of these has as many of torch's
_MOST_WALKS, _MOST_THREADS = 64, 512
_PART = 64  # images of a pass, whatever the batches are
# Rows for each weight of an output: more hardly change a regression
_ROWS_PER_FEATURE = 16
_FEWEST_ROWS = 20_000


def refit(
    dense: nn.Module,
    cut: nn.Module,
    groups: Sequence[ChannelGroup],
    kept: Mapping[str, Sequence[int]],
    batches: Iterable[Batch],
) -> pd.DataFrame:
    """Refit ``cut`` in place towards ``dense``; return what its layers' inputs can explain.

    ``groups`` are those of ``dense``, of which ``cut`` holds the channels ``kept``; ``batches`` are
    training images ``[batch, 3, height, width]`` and labels, which are not looked at. Convolutions
    (grouped ones group by group) and linear layers are fitted; depthwise convolutions are not, nor
    layers that do more than multiply by their weights. A constant goes into the bias, or where the
    batch norm behind takes it away, or else into a new bias.

    The table (``COLUMNS``) has one row per fitted layer: its inputs, how many are left, the share
    of the dense inputs' variance that those left explain, and the shares of its dense outputs'
    variance that it gives from its actual inputs before and after its own fit, in percent.
    Raises ``BudamaError`` if there is no image, or if the cut network runs other layers.
    """
    with evaluating(dense, cut):
        return _Refit(dense, cut, Kept.of(groups, kept), batches).run()


class _Refit:
    """One run: passes through both networks that halt at each layer, and the layer's fit."""

    def __init__(
        self, dense: nn.Module, cut: nn.Module, kept: Kept, batches: Iterable[Batch]
    ) -> None:
        self._dense, self._cut, self._kept = dense, cut, kept
        images = (images for images, _ in batches)
        first = next(images, None)
        if first is None:
            raise BudamaError("a refit looks at calibration images, and there are none")
        self._places = places_of(dense, cut, kept, first[:1])
        # what is held at a place is also held at all later ones: of both networks, inputs and
        # outputs, and as much again for what runs beside them
        largest = [max(p.bytes for p in self._places[i:]) for i in range(len(self._places))]
        self._room = [max(1, _MOST_BYTES // (4 * size)) for size in largest]
        self._images = _Images(chain([first], images))
        self._walks: list[tuple[Walk, Walk]] = []
        self._held = 0
        self._generator = torch.Generator().manual_seed(0)

    def run(self) -> pd.DataFrame:
        """Go from place to place; return the table."""
        rows = []
        names = [place.name for place in self._places]
        with ExitStack() as stack:
            fitted = [n for n in names if not is_measured(self._dense.get_submodule(n))]
            measured = [name for name in names if name not in set(fitted)]
            stack.enter_context(halts(self._dense, measured, fitted))
            stack.enter_context(halts(self._cut, names))
            stack.callback(self._give_up)
            for place, room in zip(
                track(self._places, len(self._places), "refit"), self._room, strict=True
            ):
                self._gather(place.name, room)
                layer = self._dense.get_submodule(place.name)
                if isinstance(layer, nn.Conv2d | nn.Linear):
                    rows.append(self._refit(place, layer))
                else:
                    self._move(place.name)
        return pd.DataFrame(rows, columns=COLUMNS)

    def _gather(self, name: str, room: int) -> None:
        """Let all passes come to a layer, with new ones while there is room for their images."""
        for pair in self._walks:
            _to(pair, name)
        most = min(_MOST_WALKS, max(8, _MOST_THREADS // torch.get_num_threads()))
        while self._held < room and len(self._walks) < most:
            images = self._images.take(min(_PART, room - self._held))
            if images is None:
                return
            pair = Walk(self._dense, images), Walk(self._cut, images)
            self._walks.append(pair)
            self._held += len(images)
            _to(pair, name)

    def _refit(self, place: Place, before: Layer) -> tuple[object, ...]:
        after = self._cut.get_submodule(place.name)
        assert isinstance(after, nn.Conv2d | nn.Linear), "it is the same network"
        inputs = self._kept.inputs_of(place.name, before)
        fitting = self._fitting(place.name, before, after, inputs)
        for dense, cut in self._walks:
            fitting.add(dense, cut)
        fit = fitting.fit()
        walks = [dense for dense, _ in self._walks]
        explained = explained_by(before, inputs, walks, self._sample(len(inputs)))
        _put(after, fit, place)
        shares = (explained, fit.before, fit.after)
        return place.name, len(inputs), int(inputs.sum()), *(100 * share for share in shares)

    def _fitting(self, name: str, before: Layer, after: Layer, inputs: torch.Tensor) -> LayerFit:
        outputs = self._kept.outputs_of(name, len(before.weight))
        repeats = self._kept.repeats.get(name, 1)
        features, channels = before.weight[0].numel(), before.weight.shape[1] // repeats
        # behind a flatten there is only one row per image, but many per channel
        if repeats > 1 or features > max(WIDEST, channels):
            sample = self._sample(channels)
            return ChannelFit(before, after, inputs, outputs, sample, repeats)
        return LayerFit(before, after, outputs, self._sample(features))

    def _sample(self, features: int) -> Sample:
        """Return what chooses positions, so that all images together give enough rows."""
        rows = max(_FEWEST_ROWS, _ROWS_PER_FEATURE * features)
        of_an_image = math.ceil(rows / self._held)

        def positions(number: int) -> torch.Tensor:
            chosen = torch.randperm(number, generator=self._generator)
            return chosen[:of_an_image].sort().values

        return positions

    def _move(self, name: str) -> None:
        before, after = (net.get_submodule(name) for net in (self._dense, self._cut))
        assert isinstance(before, BatchNorm) and isinstance(after, BatchNorm), "as in both"
        kept = self._kept.outputs_of(name, before.num_features)
        sample = self._sample(1)
        inputs: tuple[list[torch.Tensor], list[torch.Tensor]] = [], []
        for pair in self._walks:
            at = sample(math.prod(pair[0].inputs.shape[2:]))
            for walk, of_network in zip(pair, inputs, strict=True):
                of_network.append(_at(walk.inputs, at.to(walk.inputs.device)))
        move_norm(after, inputs[1], inputs[0], kept)

    def _give_up(self) -> None:
        for pair in self._walks:
            for walk in pair:
                walk.give_up()


def _at(values: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Return a norm's input ``[images, channels, ...]`` at ``positions`` of its images."""
    if values.ndim == 4:  # noqa: PLR2004
        return at_positions(values, positions)
    return values.reshape(*values.shape[:2], -1)[:, :, positions]


class _Images:
    """The images of all batches, to be taken in parts of any size."""

    def __init__(self, batches: Iterable[torch.Tensor]) -> None:
        self._batches = iter(batches)
        self._left = torch.empty(0)

    def take(self, number: int) -> torch.Tensor | None:
        """Return the next images, fewer at the end and ``None`` behind it."""
        parts = [self._left] if len(self._left) else []
        while sum(map(len, parts)) < number:
            batch = next(self._batches, None)
            if batch is None:
                break
            parts.append(batch)
        if not parts:
            return None
        images = torch.cat(parts)
        self._left = images[number:]
        return images[:number]


def _to(pair: tuple[Walk, Walk], name: str) -> None:
    """Let both passes go on to the layer ``name``."""
    for walk in pair:
        while walk.at != name:
            if walk.advance() is None:
                raise BudamaError(
                    f"the cut network does not run layer '{name}' where the dense one does: it "
                    "cannot be refitted; give repair: norms"
                )


def _put(layer: Layer, fit: Fit, place: Place) -> None:
    """Give a layer its new weights and constant."""
    layer.weight.data.copy_(fit.weights.reshape(layer.weight.shape))
    constant = fit.constant.to(layer.weight.dtype)
    if layer.bias is not None:
        layer.bias.data.copy_(constant)
    elif not place.normed:
        layer.bias = nn.Parameter(constant)
