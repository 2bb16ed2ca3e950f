"""Accuracy against efficiency: what share was kept, what training alone did, what is dominated."""

from collections.abc import Iterator
from math import isnan

from budama.report.comparisons import Comparison, Group
from budama.report.observations.outcomes import by_outcome
from budama.report.results import Result
from budama.report.sentences import Observation


def kept(group: Group) -> Iterator[Observation]:
    """Say what share of the original accuracy each method keeps."""
    for method in group.known:
        share = method.kept_of(group.dense)
        if isnan(share):
            continue
        key = "kept" if method.drop <= 0 else "kept_more"
        values = {"share": share, "drop": method.drop, "macs": method.macs_change}
        yield Observation(key, values | {"size": method.size_change}, method.method)


def as_good_as_dense(group: Group) -> Iterator[Observation]:
    """Say which methods cannot be told from the original, and which are really better."""
    yield from by_outcome(group, group.dense, {"tied": "as_dense", "won": "above_dense"})


def cut_alone(group: Group) -> Iterator[Observation]:
    """Say what the cut costs against the dense model that was trained as long again."""
    if group.trained is None or not group.trained.known:
        yield Observation("no_trained")
        return
    keys = {"lost": "cut_costs", "tied": "cut_is_free", "won": "cut_helps"}
    yield from by_outcome(group, group.trained, keys)


def gain_of_training(group: Group) -> Iterator[Observation]:
    """Say how much of a real gain over the original the extra training alone brings."""
    if group.trained is None or not group.trained.known or group.trained.drop <= 0:
        return
    alone = group.trained.drop
    for method in group.known:
        if group.between(method, group.dense).won:
            key = "gain_partly_training" if method.drop > alone else "gain_all_training"
            yield Observation(key, {"gain": method.drop, "training": alone}, method.method)


def balance(group: Group) -> Iterator[Observation]:
    """Say which methods are beaten at no higher cost, and which by none."""
    if len(group.known) < 2:  # noqa: PLR2004
        return
    undominated = []
    for method in group.known:
        better = next((other for other in group.known if _dominates(group, other, method)), None)
        if better is None:
            undominated.append(method.method)
        else:
            yield Observation("dominated", {"better": better.method}, method.method)
    key = "best_balance" if len(undominated) == 1 else "undominated"
    yield Observation(key, {"methods": undominated})


def _dominates(group: Group, better: Result, worse: Result) -> bool:
    """Whether ``better`` is really more accurate and has no more multiply-accumulates."""
    if better is worse or better.macs > worse.macs:
        return False
    return group.between(better, worse).won


def training_alone(comparisons: tuple[Comparison, ...]) -> Iterator[Observation]:
    """Say what the recovery training does to a model that is not cut, once per recipe."""
    for found in comparisons:
        key = "training_real" if found.real else "training_nothing"
        yield Observation(key, {"recipe": found.first.recipe, "points": found.points})


ABOUT_GROUP = (kept, as_good_as_dense, cut_alone, gain_of_training, balance)
