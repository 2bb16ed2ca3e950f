"""Accuracy against efficiency: what share was kept, what training alone did, what is dominated."""

from collections.abc import Callable, Iterator
from functools import partial
from math import isnan

from budama.analysis.comparisons import Comparison, Group
from budama.analysis.results import Result
from budama.config.recipe import NO_TRAINING
from budama.report.observations.outcomes import by_outcome
from budama.report.sentences import Observation

SHOWN = 2  # decimals of points


def kept(group: Group) -> Iterator[Observation]:
    """Say what share of the original accuracy each method keeps."""
    for method in group.known:
        share = method.kept_of(group.dense)
        if isnan(share):
            continue
        key = "kept" if round(method.drop, SHOWN) <= 0 else "kept_more"
        values = {"share": share, "drop": method.drop, "macs": method.macs_change}
        yield Observation(key, values | {"size": method.size_change}, method.method)


def as_good_as_dense(group: Group) -> Iterator[Observation]:
    """Say which methods cannot be told from the original, and which are really better."""
    yield from by_outcome(group, group.dense, {"tied": "as_dense", "won": "above_dense"})


def cut_alone(group: Group) -> Iterator[Observation]:
    """Say what the cut costs against the dense model that was trained as long again, if any was."""
    if group.terms["recipe"] == NO_TRAINING:
        return
    if group.trained is None or not group.trained.known:
        yield Observation("no_trained")
        return
    keys = {"lost": "cut_costs", "tied": "cut_is_free", "won": "cut_helps"}
    yield from by_outcome(group, group.trained, keys)


def gain_of_training(group: Group, training: tuple[Comparison, ...]) -> Iterator[Observation]:
    """Say how much of a real gain over the original the extra training alone really brings.

    ``training`` are the comparisons of the models that were only trained with the original.
    """
    own = (found.points for found in training if found.first is group.trained and found.won)
    alone = next(own, None)
    if alone is None:
        return
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


def about_group(
    training: tuple[Comparison, ...],
) -> tuple[Callable[[Group], Iterator[Observation]], ...]:
    """Return what is to be said of a group; ``training`` is as for ``gain_of_training``."""
    gain = partial(gain_of_training, training=training)
    return kept, as_good_as_dense, cut_alone, gain, balance
