"""The time of a cut, estimated from the table of costs: a search asks thousands of times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from budama.pruning.groups import ChannelGroup
from budama.pruning.timed.table import AFTER, CostTable

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Curve:
    """What a group's width does to the layers at ``places``.

    ``shares`` are what is left of each layer's time beyond the least, ``[widths, layers]``, where
    so many units are ``lost``; ``gives`` says which of the layers give the group's channels.
    """

    lost: Floats
    places: npt.NDArray[np.int64]
    shares: Floats
    gives: npt.NDArray[np.bool_]

    def at(self, lost: Floats | float) -> Floats:
        """Return the shares, between widths that were timed by a straight line."""
        found = [np.interp(lost, self.lost, column) for column in self.shares.T]
        return np.stack(found, -1) if found else np.ones((*np.shape(lost), 0))


class State:
    """A cut under way: the units that each group has lost, and what that leaves of each layer."""

    def __init__(self, groups: int, layers: int) -> None:
        self.lost = np.zeros(groups)
        self.gives = np.ones(layers)
        self.reads = np.zeros(layers)


class TimeModel:
    """The share of the dense time that a cut leaves, by how many units each group loses.

    The time of a layer whose inputs and outputs are both narrower was not measured: it is taken for
    the product of the shares that either leaves, but for the time of the quickest layer, which
    every layer takes. Of several groups that a layer reads side by side, the savings add up. Layers
    do not add up to the whole, which is put right by the whole networks that were timed.
    """

    def __init__(self, table: CostTable, groups: Sequence[ChannelGroup]) -> None:
        known = [table.groups[group.name] for group in groups]
        names = dict.fromkeys(layer for costs in known for layer in costs.layers)
        layers = {layer: place for place, layer in enumerate(names)}
        dense = np.array([table.dense.get(layer, 0.0) for layer in layers])
        # what only follows a layer may take nothing
        weighs = np.array([AFTER not in layer for layer in layers], dtype=bool)
        least = np.minimum(dense, _least(table) * weighs)
        self._room = (dense - least) / table.total
        self._rest = 1 - float(self._room.sum())
        self._sums, self._timed = _monotone(table.whole)
        self._curves = []
        for costs in known:
            places = np.array([layers[layer] for layer in costs.layers], dtype=np.int64)
            room = np.maximum(dense[places] - least[places], 1e-12)
            widths = sorted(costs.times, reverse=True)
            times = np.array([costs.times[width] for width in widths])
            times = times.reshape(len(widths), len(places))
            shares = np.concatenate(
                [np.ones((1, len(places))), np.maximum(times - least[places], 0) / room]
            )
            lost = np.array([0.0, *(costs.units - width for width in widths)])
            gives = np.array([layer.removesuffix(AFTER) in costs.outputs for layer in costs.layers])
            self._curves.append(_Curve(lost, places, shares, gives))

    def of(self, lost: Sequence[float] | Floats) -> float:
        """Return the share of the dense time when groups have lost ``lost`` units, ``[groups]``."""
        state = self.start()
        for place, gone in enumerate(lost):
            if gone:
                self.move(state, place, float(gone))
        return self.put_right(self.sum_of(state))

    def sum_of(self, state: State) -> float:
        """Return the share of the dense time that the layers in ``state`` come to."""
        return self._rest + float(self._room @ (state.gives * np.maximum(1 - state.reads, 0)))

    def put_right(self, total: float) -> float:
        """Return what a whole network takes whose layers come to ``total``."""
        return float(np.interp(total, self._sums, self._timed))

    def start(self) -> State:
        """Return the state in which nothing is cut."""
        return State(len(self._curves), len(self._room))

    def move(self, state: State, place: int, lost: float) -> None:
        """Let the group at ``place`` have lost ``lost`` units in ``state``."""
        curve, at = self._curves[place], self._curves[place].places
        state.gives[at], state.reads[at] = self._moved(state, curve, place, np.array([lost]))
        state.lost[place] = lost

    def saved(self, state: State, place: int, lost: Floats) -> Floats:
        """Return the shares of the dense time saved from ``state`` on, for each of ``lost``."""
        curve = self._curves[place]
        room, at = self._room[curve.places], curve.places
        gives, reads = self._moved(state, curve, place, lost)
        before = float(room @ (state.gives[at] * np.maximum(1 - state.reads[at], 0)))
        after: Floats = (gives * np.maximum(1 - reads, 0)) @ room
        return before - after

    def _moved(
        self, state: State, curve: _Curve, place: int, lost: Floats
    ) -> tuple[Floats, Floats]:
        """Return what is left of a group's layers, by outputs and inputs, for each of ``lost``."""
        now, then = curve.at(state.lost[place]), curve.at(lost)
        change = then / np.maximum(now, 1e-12)
        gives = state.gives[curve.places] * np.where(curve.gives, change, 1)
        reads = state.reads[curve.places] + np.where(curve.gives, 0, now - then)
        return gives, reads

    def neighbours(self, place: int) -> list[int]:
        """Return the places of the groups whose savings change with ``place``: itself, too."""
        own = set(self._curves[place].places.tolist())
        return [
            g for g, curve in enumerate(self._curves) if own.intersection(curve.places.tolist())
        ]


def _monotone(whole: Sequence[tuple[float, float]]) -> tuple[Floats, Floats]:
    """Return sums of layers and whole times, both ascending, from nothing to the dense network."""
    inside = sorted(pair for pair in whole if 0 < pair[0] < 1)
    sums, timed = zip((0.0, 0.0), *inside, (1.0, 1.0), strict=True)
    return np.array(sums), np.maximum.accumulate(np.minimum(timed, 1.0))


def _least(table: CostTable) -> float:
    """Return the milliseconds of the quickest layer with weights at any width: no layer is free."""
    times = [ms for layer, ms in table.dense.items() if AFTER not in layer]
    for costs in table.groups.values():
        weighs = [AFTER not in layer for layer in costs.layers]
        times += [
            ms for row in costs.times.values() for ms, own in zip(row, weighs, strict=True) if own
        ]
    return min((ms for ms in times if ms > 0), default=0.0)
