"""The table of costs: what each layer of a dense model takes at which widths, on one device."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from budama.config.base import Strict
from budama.pruning.groups import ChannelGroup
from budama.pruning.timed.device import Device
from budama.system.errors import BudamaError
from budama.system.files.json_file import read_json

# A width pays off if it saves so much of the dense time against every wider one, and more than the
# clock's noise: less is no reason to give up channels
LEAST_SAVED = 5e-4
# Added to a layer's name: what follows it and has no weights, such as activations
AFTER = ":after"


class GroupCosts(Strict):
    """What the ``layers`` of a group take, in milliseconds, at each number of its units.

    ``outputs`` are the layers whose outputs are the group's channels.
    """

    units: int
    outputs: list[str]
    layers: list[str]
    times: dict[int, list[float]]


class CostTable(Strict):
    """The file of the stage ``costs``.

    ``dense`` are the milliseconds of every layer as it is, those of what follows it under
    ``LAYER:after``; ``groups`` what they take where one of their groups alone is narrower.
    ``whole`` are pairs for whole networks: the share of the dense time by the layers' times, and as
    it was timed. ``noise`` is by how much a group's share of the dense time differs from run to
    run.
    """

    format: int = Field(1, ge=1, le=1)
    device: Device
    dense_sha256: str
    dense: dict[str, float]
    groups: dict[str, GroupCosts]
    whole: list[tuple[float, float]] = []
    noise: float = 0.0
    trials: int
    seconds: float

    @property
    def total(self) -> float:
        """The milliseconds of all layers of the dense model."""
        return sum(self.dense.values())

    def saved(self, group: str, units: int) -> float:
        """Return the milliseconds saved where ``group`` alone is cut down to ``units``."""
        costs = self.groups[group]
        times = zip(costs.layers, costs.times[units], strict=True)
        return sum(self.dense.get(layer, 0.0) - ms for layer, ms in times)

    def widths(self) -> dict[str, list[int]]:
        """Return the numbers of units that pay off, the widest first, for every group.

        Each saves time against all wider ones: what takes as long as a wider one is left out.
        """
        found: dict[str, list[int]] = {}
        least = max(LEAST_SAVED, 2 * self.noise) * self.total
        for name, group in self.groups.items():
            found[name], most = [], 0.0
            for units in sorted(group.times, reverse=True):
                saved = self.saved(name, units)
                if saved >= most + least:
                    found[name].append(units)
                    most = saved
        return found


def read_table(path: Path, dense_sha256: str) -> CostTable:
    """Read a table of costs; raises ``BudamaError`` if it is none, or another model's."""
    try:
        table = CostTable.model_validate(read_json(path))
    except ValidationError as error:
        raise BudamaError(f"{path}: is no table of costs; delete it and run again") from error
    if table.dense_sha256 != dense_sha256:
        raise BudamaError(f"{path}: was measured on another dense model; delete it and run again")
    return table


def check_groups(path: Path, table: CostTable, groups: Sequence[ChannelGroup]) -> None:
    """Raise ``BudamaError`` if ``table`` lacks one of ``groups`` or has it otherwise."""
    known: Mapping[str, GroupCosts] = table.groups
    for group in groups:
        if group.name not in known or known[group.name].units != group.units:
            raise BudamaError(
                f"{path}: does not tell what layer '{group.name}' takes; delete it and run again"
            )
