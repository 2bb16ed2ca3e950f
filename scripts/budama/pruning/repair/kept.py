"""Which inputs and outputs of each layer a cut leaves, and the layers in the order they run."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import nn

from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Member, is_depthwise
from budama.pruning.repair.norms import is_measured
from budama.pruning.repair.rows import Layer, computes_rows, groups_of

log = logging.getLogger("budama")
# That many inputs come from a flatten that does not follow the graph
_MOST_FEATURES = 8192


@dataclass(frozen=True)
class Kept:
    """Masks over the dense layers' inputs and outputs, of layers that are coupled to a group.

    ``repeats`` tells how many inputs in a row belong to one channel of a linear layer: more than
    one behind a flatten.
    """

    inputs: dict[str, torch.Tensor]
    outputs: dict[str, torch.Tensor]
    repeats: dict[str, int]

    @classmethod
    def of(cls, groups: Sequence[ChannelGroup], kept: Mapping[str, Sequence[int]]) -> "Kept":
        """Read them off the dense network's groups; ``kept`` maps a group to what stays of it."""
        sides: dict[str, dict[str, torch.Tensor]] = {"in": {}, "out": {}}
        repeats: dict[str, int] = {}
        for group in groups:
            stays = torch.zeros(group.channels, dtype=torch.bool)
            stays[list(kept.get(group.name, range(group.channels)))] = True
            for member in group.members:
                whole = torch.ones(member.width, dtype=torch.bool)
                mask = sides[member.side].setdefault(member.name, whole)
                mask[member.own[~stays[member.root]]] = False
                if member.side == "in" and _behind_a_flatten(member, group):
                    repeats[member.name] = member.width // group.channels
        return cls(sides["in"], sides["out"], repeats)

    def inputs_of(self, name: str, layer: Layer) -> torch.Tensor:
        """Return the mask over what a dense layer reads."""
        width = layer.weight.shape[1] * groups_of(layer)
        return self.inputs.get(name, torch.ones(width, dtype=torch.bool))

    def outputs_of(self, name: str, width: int) -> torch.Tensor:
        """Return the mask over what a dense layer of ``width`` outputs gives."""
        return self.outputs.get(name, torch.ones(width, dtype=torch.bool))


def _behind_a_flatten(member: Member, group: ChannelGroup) -> bool:
    """Whether a linear layer reads the group's channels alone, several inputs in a row each."""
    repeats = member.width // group.channels
    if not isinstance(member.module, nn.Linear) or repeats == 1:
        return False
    in_a_row = torch.arange(group.channels).repeat_interleave(repeats)
    order = member.own.argsort()
    return len(order) == len(in_a_row) and bool((member.root[order] == in_a_row).all())


class Place(NamedTuple):
    """A layer that is refitted, or a batch norm that is measured.

    ``bytes`` is what it reads and gives for one image; ``normed`` tells whether a batch norm reads
    its output and takes every constant away, so that it needs no bias.
    """

    name: str
    bytes: int
    normed: bool


def places_of(dense: nn.Module, cut: nn.Module, kept: Kept, image: torch.Tensor) -> list[Place]:
    """Return what can be refitted or measured, in the order of running, behind the first loss.

    ``image`` is a batch of one.
    """
    found, left_alone, reached = [], [], False
    for name, what in _run(dense, image).items():
        layer = dense.get_submodule(name)
        fits = True
        if isinstance(layer, nn.Conv2d | nn.Linear):
            lost = not kept.inputs_of(name, layer).all()
            reached = reached or lost
            fits = (
                what.plain and _corresponds(name, layer, cut, kept) and _bears_it(name, layer, kept)
            )
            if lost and not fits and not _is_depthwise(layer):
                left_alone.append(name)
        if reached and fits:
            found.append(Place(name, what.bytes, what.normed))
    if left_alone:
        log.warning("cannot be refitted and stay as they were cut: %s", left_alone)
    return found


def _bears_it(name: str, layer: Layer, kept: Kept) -> bool:
    """Whether a covariance of what an output of the layer reads can be held."""
    vectors = isinstance(layer, nn.Linear) and name not in kept.repeats
    return not vectors or layer.weight.shape[1] <= _MOST_FEATURES


def _is_depthwise(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Conv2d) and is_depthwise(layer)


@dataclass
class _Seen:
    bytes: int
    plain: bool = False
    normed: bool = False


def _run(network: nn.Module, image: torch.Tensor) -> dict[str, _Seen]:
    """Run ``network`` once and return its layers and batch norms in the order of running."""
    seen: dict[str, _Seen] = {}
    # with its version, which tells whether something has changed it in place since
    outputs: dict[str, tuple[torch.Tensor, int]] = {}

    def watch(name: str, layer: nn.Module, read: torch.Tensor, given: torch.Tensor) -> None:
        if name in seen:
            return
        size = (read.numel() + given.numel()) * given.element_size()
        seen[name] = _Seen(size)
        if isinstance(layer, nn.Conv2d | nn.Linear):
            outputs[name] = given, given._version
            seen[name].plain = not _is_depthwise(layer) and computes_rows(layer, read, given)
        else:
            for before, (output, version) in outputs.items():
                seen[before].normed |= output is read and read._version == version

    with _watched(network, watch), torch.no_grad():
        network(image)
    return seen


@contextmanager
def _watched(network: nn.Module, watch: Callable[..., None]) -> Iterator[None]:
    def hook_of(name: str) -> Callable[..., None]:
        def hook(layer: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            if inputs and isinstance(inputs[0], torch.Tensor) and isinstance(output, torch.Tensor):
                watch(name, layer, inputs[0], output)

        return hook

    hooks = [
        layer.register_forward_hook(hook_of(name))
        for name, layer in network.named_modules()
        if isinstance(layer, nn.Conv2d | nn.Linear) or is_measured(layer)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _corresponds(name: str, before: Layer, cut: nn.Module, kept: Kept) -> bool:
    """Whether the cut layer's weights are those of the inputs and outputs that are left."""
    after = cut.get_submodule(name)
    assert isinstance(after, nn.Conv2d | nn.Linear)
    groups = groups_of(before)
    outputs = kept.outputs_of(name, len(before.weight))
    left = kept.inputs_of(name, before).view(groups, -1).sum(1)
    return (
        groups == groups_of(after)
        and len(after.weight) == int(outputs.sum())
        and bool((left == after.weight.shape[1]).all())
    )
