"""What a criterion is: a way to turn weights, activations or gradients into scores.

A new criterion is one new file in this folder with one subclass of ``Criterion``; its name is the
file's.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import torch
from torch import nn

from budama.config.base import Strict
from budama.config.cut import LOSS, OF_SCORES, Normaliser, NormaliserChoice
from budama.models.outputs import logits_of
from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Convolution, Member
from budama.system.errors import BudamaError

Batch = tuple[torch.Tensor, torch.Tensor]
_CACHED_VALUES = 2**20  # 4 MiB of float32


@dataclass
class Calibration:
    """What a criterion may look at: the dense network, its groups and the calibration images.

    The network is in evaluation mode. Every criterion sees the same batches in the same order, and
    what it keeps of them does not grow with their number.
    """

    network: nn.Module
    groups: list[ChannelGroup]
    batches: Callable[[], Iterable[Batch]]
    loss: nn.Module = field(default_factory=nn.CrossEntropyLoss)
    _images: int = field(default=0, init=False)  # of the batch that is looked at

    def forward(self) -> Iterator[int]:
        """Run the network on every batch without gradients; yield each batch's size after it."""
        with torch.no_grad():
            for images, _ in self._some_batches():
                self._images = len(images)
                self.network(images)
                yield len(images)

    def backward(self) -> Iterator[int]:
        """Run forward and backward on every batch; yield with that batch's gradients in place.

        What is frozen has gradients, too: whether it is to be trained says nothing about a cut.
        """
        frozen = [held for held in self.network.parameters() if not held.requires_grad]
        try:
            for held in frozen:
                held.requires_grad_(held.is_floating_point())
            for images, labels in self._some_batches():
                self.network.zero_grad(set_to_none=True)
                self.loss(logits_of(self.network(images)), labels).backward()
                yield len(images)
        finally:
            self.network.zero_grad(set_to_none=True)
            for held in frozen:
                held.requires_grad = False

    def _some_batches(self) -> Iterator[Batch]:
        empty = True
        for batch in self.batches():
            empty = False
            yield batch
        if empty:
            raise BudamaError("this criterion looks at calibration images, and there are none")

    def look(
        self, reduce: Callable[[torch.Tensor], torch.Tensor]
    ) -> Iterator[dict[nn.Module, torch.Tensor]]:
        """Make a forward pass; after each batch, yield what the groups' readers have read of it.

        ``reduce`` turns a layer's input, ``[images, channels, positions]``, into one row per image;
        each layer that reads a group's channels is mapped to its rows, ``[images, ...]``, or to
        their mean if it runs more than once.
        """
        seen: dict[nn.Module, list[torch.Tensor]] = {}

        def watch(layer: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            values = _by_image(channels_first(layer, inputs[0].detach()), self._images)
            rows = _in_cache(values, reduce)
            seen.setdefault(layer, []).append(rows.expand(self._images, -1))

        readers = {m.module: None for group in self.groups for m in group.consumers()}
        hooks = [layer.register_forward_pre_hook(watch) for layer in readers]
        try:
            for _ in self.forward():
                yield {
                    layer: rows[0] if len(rows) == 1 else torch.stack(rows).mean(0)
                    for layer, rows in seen.items()
                }
                seen.clear()
        finally:
            for hook in hooks:
                hook.remove()

    def mean_input(
        self, reduce: Callable[[torch.Tensor], torch.Tensor]
    ) -> dict[nn.Module, torch.Tensor]:
        """Return the mean over all images of what ``reduce`` makes of each layer's input.

        ``reduce`` is as in ``look``, with one value per channel; the means are float64
        ``[channels]``.
        """
        widths: dict[nn.Module, int] = {}
        total: torch.Tensor | float = 0.0
        images = 0
        for rows in self.look(reduce):
            widths = {layer: values.shape[1] for layer, values in rows.items()}
            # all layers at once: on small networks it is the number of operations that takes time
            whole = torch.cat(list(rows.values()), 1)
            total = whole.sum(0, dtype=torch.float64) + total
            images += len(whole)
        assert isinstance(total, torch.Tensor), "a pass without images raises"
        means = torch.split(total / images, list(widths.values()))
        return dict(zip(widths, means, strict=True))

    def gather(
        self, value: Callable[[ChannelGroup], Iterable[tuple[Member, torch.Tensor]]]
    ) -> dict[str, torch.Tensor]:
        """Sum per-channel values over the members of each group.

        ``value`` yields members with one number for each of their own channels; the sums are
        float64 ``[group.channels]``, by group name; a group without such members is left out.
        """
        scores = {}
        for group in self.groups:
            total = torch.zeros(group.channels, dtype=torch.float64)
            found = list(value(group))
            for member, values in found:
                total.index_add_(0, member.root, values.double().cpu()[member.own])
            if found:
                scores[group.name] = total
        return scores


class Criterion(ABC):
    """A criterion scores every channel of every group; the lowest scores are cut first.

    ``needs`` says what it looks at; ``passes`` how often it goes over the calibration images;
    ``normalisers`` by what its scores can be made comparable between layers: where another one is
    asked for, the first of them is taken, and ``auto`` tries them all. ``loss``, which asks nothing
    of them but their order, is none of these, and always possible. ``Options`` are its keys in
    the config.
    """

    Options: ClassVar[type[Strict]] = Strict
    needs: ClassVar[Literal["weights", "activations", "gradients"]]
    passes: int = 1
    normalisers: ClassVar[tuple[Normaliser, ...]] = OF_SCORES

    def __init__(self, options: Any = None) -> None:
        self.options: Any = options if options is not None else self.Options()

    @abstractmethod
    def scores(self, calibration: Calibration) -> dict[str, torch.Tensor]:
        """Return the importance of each channel: group name to ``[channels]``, higher stays.

        Scores that may be negative can only bear the normaliser ``raw``.

        A group that is left out stays whole.
        """

    def for_seed(self, scores: dict[str, torch.Tensor], seed: int) -> dict[str, torch.Tensor]:
        """Return the scores for a cell's seed, which matters where they are random numbers."""
        del seed
        return scores

    def candidates(self, asked: NormaliserChoice) -> tuple[Normaliser, ...]:
        """Return the normalisers to try: the one that is asked for, or all if it is ``auto``."""
        if asked == "auto":
            return (*self.normalisers, LOSS)
        if asked == LOSS:
            return (LOSS,)
        return (asked,) if asked in self.normalisers else self.normalisers[:1]


def channels_first(layer: nn.Module, values: torch.Tensor) -> torch.Tensor:
    """Return a layer's input as ``[images, channels, positions]``, whatever the layer's kind."""
    if isinstance(layer, Convolution):
        return values.flatten(2)
    return values.reshape(values.shape[0], -1, values.shape[-1]).transpose(1, 2)


def _by_image(values: torch.Tensor, images: int) -> torch.Tensor:
    """Return ``[rows, channels, positions]`` with a row per image, or with one for all of them.

    Layers behind a partition into windows read several rows of an image after each other; what is
    worked out of parameters alone is the same for all.
    """
    rows, channels, _ = values.shape
    if rows == images:
        return values
    together = images if rows % images == 0 else 1
    return values.reshape(together, rows // together, channels, -1).transpose(1, 2).flatten(2)


def _in_cache(values: torch.Tensor, reduce: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """Return ``reduce(values)``, on a CPU a few images at a time.

    They stay in the cache, so that several reductions cost little more than one.
    """
    if values.device.type != "cpu" or values.numel() <= _CACHED_VALUES:
        return reduce(values)
    images = max(1, _CACHED_VALUES * len(values) // values.numel())
    return torch.cat([reduce(part) for part in torch.split(values, images)])
