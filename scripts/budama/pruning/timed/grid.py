"""Which widths of which groups are timed, and which of them may be timed in one run."""

from collections.abc import Iterator, Sequence

import networkx  # torch's own dependency

from budama.pruning.groups import ChannelGroup
from budama.pruning.order import MOST_OF_A_LAYER

# Kernels of all kinds of devices work on blocks of 4 to 64 channels. A group is timed at so many
# widths at most.
FINEST = 4
MOST_WIDTHS = 48
MOST_TOUCHED = 2 / 3

Trial = dict[str, int]  # the units of each group that is not whole


def widths_of(group: ChannelGroup) -> list[int]:
    """Return the numbers of units at which a group is timed, the widest first, without the whole.

    They keep channels multiples of the finest power of two by which there are few enough.
    """
    step = FINEST
    while group.channels > MOST_WIDTHS * step:
        step *= 2
    units = max(1, step // group.copies)
    least = max(units, group.units - int(group.units * MOST_OF_A_LAYER))
    return list(range((group.units - 1) // units * units, least - 1, -units))


def trials(groups: Sequence[ChannelGroup]) -> Iterator[Trial]:
    """Yield cuts in which every layer sees one of its groups narrower at most.

    Together they hold every width of every group, its neighbours whole.
    """
    for together in independent(groups):
        widths = {group.name: widths_of(group) for group in together}
        for level in range(max(map(len, widths.values()), default=0)):
            yield {name: found[level] for name, found in widths.items() if level < len(found)}


def independent(groups: Sequence[ChannelGroup]) -> list[list[ChannelGroup]]:
    """Return the groups in sets that share no layer, each of which leaves a third of layers whole.

    What is left whole tells how fast the machine was during a run.
    """
    touching = networkx.Graph()
    touching.add_nodes_from(range(len(groups)))
    layers = [{member.name for member in group.members} for group in groups]
    touching.add_edges_from(
        (one, other)
        for one in range(len(groups))
        for other in range(one)
        if layers[one] & layers[other]
    )
    colours = networkx.greedy_color(touching, "largest_first")
    waiting = [
        [place for place in range(len(groups)) if colours[place] == colour]
        for colour in range(max(colours.values(), default=-1) + 1)
    ]
    whole, found = len(set().union(*layers)), []
    while waiting:
        together = waiting.pop()
        touched = len(set().union(*(layers[place] for place in together)))
        if touched > MOST_TOUCHED * whole and len(together) > 1:
            waiting += [together[1::2], together[::2]]
        else:
            found.append([groups[place] for place in together])
    return found
