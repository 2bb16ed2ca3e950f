"""Groups of channels that can only be cut together.

Fang et al. (DepGraph: Towards Any Structural Pruning, CVPR 2023) call them so, and find them by
rules for each kind of layer and operation. Here labels on channels are followed through one forward
pass (``pruning/trace``): whatever code a network runs is followed as it runs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch

from budama.config.cut import Kind
from budama.pruning.members import Member


@dataclass(frozen=True)
class ChannelGroup:
    """``channels`` channels that layers make and read together, and all that is coupled to them.

    ``name`` is that of the first layer that makes them (``layer``), and for what belongs to an
    attention it ends with ``:heads`` or ``:head_widths``. What can be cut is a *unit*:
    ``unit_of`` maps each channel to its unit, int64 ``[channels]``, or to -1 where it has to stay.
    Most units are one channel; where a grouped convolution or a group norm takes part, it is the
    same channel of every group. All units of a group have as many channels.
    """

    name: str
    channels: int
    unit_of: torch.Tensor
    members: tuple[Member, ...]
    kind: Kind = "channels"
    layer: str = ""
    # the labels of the units, and the number of the trace in which the group was found
    unit_labels: torch.Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))
    trace: int = 0

    @classmethod
    def even(
        cls, name: str, channels: int, copies: int = 1, members: tuple[Member, ...] = ()
    ) -> "ChannelGroup":
        """Return a group whose units are the same channel of ``copies`` equal parts."""
        return cls(name, channels, torch.arange(channels // copies).repeat(copies), members)

    @cached_property
    def units(self) -> int:
        """How many units there are."""
        return int(self.unit_of.max()) + 1

    @cached_property
    def copies(self) -> int:
        """How many channels a unit has."""
        return int((self.unit_of >= 0).sum()) // self.units

    @cached_property
    def parts(self) -> list[torch.Tensor]:
        """The units, int64, of each member that would have no channel left without them."""
        found = {frozenset(self.unit_of[member.root].tolist()) for member in self.members}
        return [
            torch.tensor(sorted(units))
            for units in sorted(found, key=sorted)
            if len(units) < self.units and -1 not in units
        ]

    @property
    def attention(self) -> str | None:
        """The module whose heads, or whose heads' widths, the units are; ``None`` for others."""
        of_heads = self.kind in {"heads", "head_widths"}
        return self.layer.rpartition(".")[0] if of_heads else None

    def unit_scores(self, scores: torch.Tensor) -> torch.Tensor:
        """Return the mean score of each unit's channels, ``[units]``."""
        free = self.unit_of >= 0
        unit = self.unit_of[free]
        sums = scores.new_zeros(self.units).index_add_(0, unit, scores[free])
        return sums / torch.bincount(unit, minlength=self.units)

    def channels_of(self, units: Sequence[int]) -> list[int]:
        """Return the channels that make up ``units``, and those that have to stay, ascending."""
        wanted = torch.zeros(self.units + 1, dtype=torch.bool)
        wanted[list(units)] = True
        wanted[-1] = True  # the unit -1
        return torch.nonzero(wanted[self.unit_of]).flatten().tolist()

    def units_in(self, channels: Sequence[int]) -> list[int]:
        """Return the units that ``channels`` hold, ascending."""
        units = self.unit_of[list(channels)]
        return sorted(set(units[units >= 0].tolist()))

    def producers(self) -> Iterator[Member]:
        """Yield the members on the output side."""
        return (member for member in self.members if member.side == "out")

    def consumers(self) -> Iterator[Member]:
        """Yield the layers that read the channels: input sides and depthwise convolutions."""
        return (
            member
            for member in self.members
            if member.filters and (member.side == "in" or member.depthwise)
        )
