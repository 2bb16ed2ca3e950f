"""Groups are cut on trial: what the network does not bear stays whole."""

import itertools
import re
from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import nn

from budama.models.figures import Example
from budama.pruning.checks import REMEDY, Verification
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import worst_first
from budama.pruning.surgery import Surgery
from budama.system.errors import BudamaError

# Each is a cut and two runs of the network; a bound in time would not give the same twice
_MOST_TRIALS = 60
_SHARES = (1 / 2, 2 / 3, 3 / 4, 3 / 5, 5 / 6, 5 / 7, 7 / 8)


class Trial:
    """Finds the groups that can be cut together; ``refused`` are the others, with the reason."""

    def __init__(self, network: nn.Module, surgery: Surgery, example: Example) -> None:
        self._network, self._surgery = network, surgery
        self._verification = Verification(network, example)
        self._left = _MOST_TRIALS
        self.refused: dict[str, str] = {}

    def accepted(self, groups: Sequence[ChannelGroup]) -> list[ChannelGroup]:
        """Return those of ``groups`` that can all be cut at once, in their order."""
        found: list[ChannelGroup] = []
        if groups and self._reason(groups) is None:
            return list(groups)
        # what fails for one block of a network mostly fails for all of its kind
        ordered = sorted(groups, key=_family)
        for _, alike in itertools.groupby(ordered, key=_family):
            found += self._of_family(found, list(alike))
        names = {group.name for group in found}
        return [group for group in groups if group.name in names]

    def check(self, groups: Sequence[ChannelGroup], kept: Mapping[str, Sequence[int]]) -> None:
        """Raise ``BudamaError`` unless the network can be cut down to ``kept``."""
        self._verification.check(groups, kept, partial(self._surgery.cut, kept=kept))

    def _of_family(
        self, found: list[ChannelGroup], alike: list[ChannelGroup]
    ) -> list[ChannelGroup]:
        """Return those of groups ``alike`` that can be cut with all of ``found``."""
        if self._reason([*found, *alike]) is None:
            return alike
        samples = (alike[0], alike[len(alike) // 2], alike[-1])
        reasons = [self._reason([*found, group]) for group in samples]
        if reasons[0] is not None and self._fixes(found, alike[0]):
            return self._of_family(found, alike)
        if all(reasons):
            self.refused |= {group.name: str(reasons[0]) for group in alike}
            return []
        return self._bisected(found, alike)

    def _fixes(self, found: list[ChannelGroup], group: ChannelGroup) -> bool:
        """Whether a stored size that is left as it is lets ``group`` be cut; it is left then."""
        for attribute in self._surgery.stored(self._network, some_of([group])):
            self._surgery.fix(attribute)
            if self._reason([*found, group]) is None:
                return True
            self._surgery.fix(attribute, fixed=False)
        return False

    def _bisected(self, found: list[ChannelGroup], block: list[ChannelGroup]) -> list[ChannelGroup]:
        reason = self._reason([*found, *block])
        if reason is None:
            return block
        if len(block) == 1:
            self.refused[block[0].name] = reason
            return []
        half = len(block) // 2
        first = self._bisected(found, block[:half])
        return first + self._bisected(found + first, block[half:])

    def _reason(self, groups: Sequence[ChannelGroup]) -> str | None:
        """Return why ``groups`` cannot be cut together, or ``None``."""
        if self._left == 0:
            return "it was not tried: too many others could not be cut"
        self._left -= 1
        kept = some_of(groups)
        try:
            self.check(groups, kept)
        except BudamaError as error:
            return str(error).removesuffix(f". {REMEDY}")
        return None


def some_of(groups: Sequence[ChannelGroup]) -> dict[str, list[int]]:
    """Return a part of the channels of each group, by chance but always the same.

    Each has a share of its own: code that takes one group's width for another's would not show
    where both are halved.
    """
    generator = torch.Generator().manual_seed(0)
    kept = {}
    for group, share in zip(groups, itertools.cycle(_SHARES), strict=False):
        order, least = worst_first(group, torch.rand(group.units, generator=generator))
        stays = max(least, min(group.units - 1, round(group.units * share)))
        kept[group.name] = group.channels_of(order[group.units - stays :])
    return kept


def _family(group: ChannelGroup) -> str:
    return re.sub(r"\d+", "#", group.name)
