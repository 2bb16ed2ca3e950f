"""Which figure of a column is the best, where that can be told."""

from collections.abc import Iterator

from budama.analysis.comparisons import Group
from budama.analysis.results import Result

EXACT = 0.0005  # relative difference below which two sizes are called equal


def best_of(group: Group) -> Iterator[tuple[Result, str]]:
    """Yield results of ``group`` with the column in which each is the best of its terms.

    Accuracy: significantly above every other. Latency ratio: its interval ends below all others.
    Size and multiply-accumulates, which are exact: smaller than all others. The random control
    takes part where it was cut at the same scope.
    """
    rivals = group.known
    if group.random is not None and not group.random_elsewhere:
        rivals = [*rivals, group.random]
    if len(rivals) < 2:  # noqa: PLR2004
        return
    for result in rivals:
        others = [other for other in rivals if other is not result]
        if all(group.between(result, other).won for other in others):
            yield result, "accuracy_pct"
        for column in ("size_mib", "macs_g"):
            smallest = min(other.figures[column] for other in others)
            if result.figures[column] < smallest * (1 - EXACT):
                yield result, column
        if not result.noisy and all(result.ratio_high < other.ratio_low for other in others):
            yield result, "latency_ratio"
