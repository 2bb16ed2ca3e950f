"""Which method is best, where that can be told at all, and which knows more than chance."""

from collections.abc import Iterator

from budama.analysis.comparisons import Group
from budama.analysis.results import Result
from budama.report.observations.optimisation import UNEQUAL
from budama.report.observations.outcomes import by_outcome
from budama.report.sentences import Observation


def places(group: Group) -> Iterator[Observation]:
    """Say each method's place: one more than the number of methods that are really better."""
    for method in group.known:
        yield _place(group, method)
    for method in group.methods:
        if not method.known:
            yield Observation("no_result", about=method.method)


def _place(group: Group, method: Result) -> Observation:
    others = [other for other in group.known if other is not method]
    ties = [other.method for other in group.ties(method)]
    better = sum(group.between(other, method).won for other in others)
    values = {"place": better + 1, "accuracy": method.accuracy, "others": ties}
    if not others:
        key = "place_alone"
    elif ties:
        key = "place_tied"
    elif better == 0:
        key = "place_first"
    else:
        key = "place_last" if better == len(others) else "place"
    return Observation(key, values, method.method)


def all_tied(group: Group) -> Iterator[Observation]:
    """Say so if no two methods can be told apart."""
    if len(group.known) > 1 and all(
        len(group.ties(method)) == len(group.known) - 1 for method in group.known
    ):
        yield Observation("all_tied")


def random_control(group: Group) -> Iterator[Observation]:
    """Say which methods are better than random channels, and which are not."""
    if group.random is None:
        yield Observation("no_random")
        return
    keys = {"won": "beats_random", "tied": "as_random", "lost": "below_random"}
    yield from by_outcome(group, group.random, keys)
    if group.random_elsewhere and group.known:
        yield _random_elsewhere(group.random, group.known)


def _random_elsewhere(random: Result, methods: list[Result]) -> Observation:
    cuts = [method.macs_change for method in methods]
    values = {"scope": random.scope, "own": random.macs_change}
    values |= {"least": max(cuts), "most": min(cuts)}
    left = [result.macs for result in (random, *methods)]
    equal = max(left) <= UNEQUAL * min(left)
    return Observation("random_elsewhere_at_equal_cost" if equal else "random_elsewhere", values)


ABOUT_GROUP = (all_tied, places, random_control)
