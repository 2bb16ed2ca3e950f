"""What the cut saves: size, multiply-accumulates, and time where it was measured."""

from collections.abc import Iterator

from budama.analysis.comparisons import Group
from budama.analysis.results import Result
from budama.config.budget import Budget
from budama.report.sentences import Observation

SAME = 0.05  # points of change that are not shown
UNEQUAL = 1.01  # how many times the fewest MACs the most may be at equal cost
BEYOND = 2.0  # how many times more than the MACs the times may differ


def size(group: Group) -> Iterator[Observation]:
    """Say how much smaller the models are."""
    yield from _saved("size", group, "size_mib", "size_change_pct")


def macs(group: Group) -> Iterator[Observation]:
    """Say how many multiply-accumulates are gone."""
    yield from _saved("macs", group, "macs_g", "macs_change_pct")


def _saved(name: str, group: Group, figure: str, change: str) -> Iterator[Observation]:
    """Say how far the column ``figure`` went down, which the column ``change`` has in percent."""
    methods = sorted(group.known, key=lambda method: -method.figures[change])
    if not methods or any(method.figures[change] > -SAME for method in methods):
        return
    least, most = methods[0], methods[-1]
    first, last = least.figures[change], most.figures[change]
    if first - last < SAME:
        amounts = {"dense": group.dense.figures[figure], "left": most.figures[figure]}
        yield Observation(f"{name}_same", {"change": last} | amounts)
    else:
        values = {"first": first, "last": last, "least": least.method, "most": most.method}
        yield Observation(f"{name}_range", values)


def unequal_cost(group: Group) -> Iterator[Observation]:
    """Point out that the models do not cost the same, unless their budget is in what they cost."""
    if Budget.from_id(group.terms["budget"]).kind == "latency":
        return
    methods = sorted(group.known, key=lambda method: method.macs)
    if len(methods) < 2 or methods[-1].macs <= UNEQUAL * methods[0].macs:  # noqa: PLR2004
        return
    few, many = methods[0], methods[-1]
    values = {"few": few.macs, "many": many.macs, "least": few.method, "most": many.method}
    yield Observation("unequal_cost", values)
    if group.known[0] is many and any(_ahead_at_more_cost(group, many, m) for m in methods):
        yield Observation("best_keeps_most", {"method": many.method})


def _ahead_at_more_cost(group: Group, best: Result, other: Result) -> bool:
    return best.macs > UNEQUAL * other.macs and group.between(best, other).won


def latency(group: Group) -> Iterator[Observation]:
    """Say which models are really faster; fewer multiply-accumulates are not enough."""
    timed = [method for method in group.known if method.timed]
    missing = [method.method for method in group.known if not method.timed]
    if not timed:
        yield Observation("latency_missing")
        return
    if missing:
        yield Observation("latency_missing_for", {"methods": missing})
    for key, chosen in (
        ("faster", [m for m in timed if m.speed < 0]),
        ("as_fast", [m for m in timed if m.speed == 0]),
        ("slower_with_fewer_macs", [m for m in timed if m.speed > 0 and m.macs_change < -SAME]),
        ("slower", [m for m in timed if m.speed > 0 and m.macs_change >= -SAME]),
    ):
        if chosen:
            yield Observation(key, {"each": [(m.method, m.ratio) for m in chosen]})
    if not all(m.timed_closely for m in timed):
        yield Observation("latency_without_interval")
    noisy = [m.method for m in timed if m.noisy]
    if noisy:
        yield Observation("latency_noisy", {"methods": noisy})


def times_beyond_macs(group: Group) -> Iterator[Observation]:
    """Say what else may be the cause where multiply-accumulates do not explain the times."""
    timed = [(m.macs, m.latency) for m in group.known if m.timed]
    factors = unexplained(timed)
    if factors:
        yield Observation("times_beyond_macs", factors)


def unexplained(models: list[tuple[float, float]]) -> dict[str, float]:
    """Return how many times MACs and times differ, if the times do so far more; else nothing.

    ``models`` are pairs of MACs and milliseconds.
    """
    if len(models) < 2:  # noqa: PLR2004
        return {}
    work, times = zip(*models, strict=True)
    by_work, by_time = max(work) / min(work), max(times) / min(times)
    return {"time": by_time, "work": by_work} if by_time > BEYOND * by_work else {}


ABOUT_GROUP = (size, macs, unequal_cost, latency, times_beyond_macs)
