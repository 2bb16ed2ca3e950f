"""Methods sorted by how they compare with one other model."""

from collections.abc import Iterator

from budama.analysis.comparisons import Comparison, Group
from budama.analysis.results import Result
from budama.report.sentences import Observation


def by_outcome(group: Group, other: Result, keys: dict[str, str]) -> Iterator[Observation]:
    """Yield one observation for each outcome, with the methods that have it.

    ``keys`` maps outcomes against ``other`` (``won``, ``tied``, ``lost``), in the order in which
    they are told, to sentences.
    """
    found = [group.between(method, other) for method in group.known]
    for outcome, key in keys.items():
        chosen = [comparison for comparison in found if _outcome(comparison) == outcome]
        if chosen:
            yield Observation(key, {"each": [(c.first.method, c.points) for c in chosen]})


def _outcome(comparison: Comparison) -> str:
    if not comparison.real:
        return "tied"
    return "won" if comparison.won else "lost"
