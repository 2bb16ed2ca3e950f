"""Tables of costs made up, whose times are known."""

import random
from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch

from budama.pruning.groups import ChannelGroup
from budama.pruning.timed.device import Device
from budama.pruning.timed.sizes import layer_sizes
from budama.pruning.timed.table import CostTable, GroupCosts

DEVICE = Device(provider="CPU", name="a CPU", threads=1, batch_size=1, onnxruntime="1.0")
Rows = Mapping[int, Sequence[float]]


def group(name: str, units: int) -> ChannelGroup:
    """A group of which nothing but its size matters."""
    return ChannelGroup.even(name, units, 1)


def costs(units: int, outputs: list[str], layers: list[str], times: Rows) -> GroupCosts:
    rows = {width: list(row) for width, row in times.items()}
    return GroupCosts(units=units, outputs=outputs, layers=layers, times=rows)


def table(
    dense: Mapping[str, float],
    groups: Mapping[str, GroupCosts],
    whole: Sequence[tuple[float, float]] = (),
) -> CostTable:
    return CostTable(
        device=DEVICE,
        dense_sha256="of the dense model",
        dense=dict(dense),
        groups=dict(groups),
        whole=list(whole),
        trials=1,
        seconds=1.0,
    )


class Chain:
    """Layers after each other, ``n`` groups of ``units``: layer i reads group i - 1 and gives i.

    A layer takes a random time, which falls with its inputs and outputs in random steps.
    """

    def __init__(self, seed: int, n: int = 3, units: int = 12, step: int = 1) -> None:
        draw = random.Random(seed)
        names = [f"l{i}" for i in range(n + 1)]
        self.groups = [group(name, units) for name in names[:-1]]
        dense = {name: draw.uniform(1, 5) for name in names} | {"last": 0.01}
        found = {}
        for own, reader in pairwise(names):
            widths = range(units - step, 0, -step)
            falls = [sorted((draw.random() for _ in widths), reverse=True) for _ in range(2)]
            rows = {
                width: [dense[own] * gives, dense[reader] * reads]
                for width, gives, reads in zip(widths, *falls, strict=True)
            }
            found[own] = costs(units, [own], [own, reader], rows)
        self.table = table(dense, found)
        noise = torch.Generator().manual_seed(seed)
        self.scores = {g.name: torch.rand(g.channels, generator=noise) for g in self.groups}


def separate(seed: int, n: int = 3, units: int = 10) -> Chain:
    """The same, but what reads a group takes its time whatever that group's width."""
    chain = Chain(seed, n, units)
    for name, own in chain.table.groups.items():
        chain.table.groups[name] = costs(
            units, own.outputs, own.outputs, {w: row[:1] for w, row in own.times.items()}
        )
    return chain


def by_channels(groups: Sequence[ChannelGroup]) -> CostTable:
    """A layer takes as many milliseconds as it has inputs times outputs."""
    whole = {name: float(s.outputs * s.inputs) for name, s in layer_sizes(groups, {}).items()}
    found = {}
    for own in groups:
        layers = [member.name for member in own.members]
        rows = {}
        for width in range(own.units - 1, 0, -1):
            sizes = layer_sizes(groups, {own.name: width})
            rows[width] = [float(sizes[n].outputs * sizes[n].inputs) for n in layers]
        found[own.name] = costs(own.units, [own.name], layers, rows)
    return table(whole, found)
