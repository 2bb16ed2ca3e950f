"""The answer of a scenario: the fastest model that is shown to lose no more than it may.

Chosen on validation images, proven on test images. Candidates are the models that are shown to be
faster than the dense one and lose no more than they may on validation images; those that another
one beats in both are left out. The rest is tested from the safest to the fastest, each at the full
5%, and the first that fails ends it. Because validation images set the order, this calls a model
good enough that is not in 5% at most, however many are tested (fixed sequence: Maurer, Hothorn and
Lehmacher 1995; Westfall and Krishen, J. Stat. Plan. Inference 2001, 99:25).

Validation images are compared by accuracies alone, since what a model says of each is not kept: the
order is the better, the more of them there are, and the error is the same. ``docs/answer.md`` has
simulations.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from budama.analysis.loss_bound import LossBound, loss_bound
from budama.analysis.results import Result
from budama.analysis.seed_noise import SeedNoise, largest_noise
from budama.config.schema import DENSE_FINETUNED

# Accuracies are rounded in summary.csv
_DIGITS = 6
# What becomes of a model, in the order in which it is asked
ELSEWHERE, NOT_FASTER, LOSES, BEATEN = "elsewhere", "not_faster", "loses", "beaten"
NOT_REACHED, FAILED, PASSED, CHOSEN = "not_reached", "failed", "passed", "answer"


@dataclass(frozen=True)
class Standing:
    """A model on its way to the answer.

    ``cost`` is its time as a share of the dense model's, or its multiply-accumulates where nothing
    was timed; ``validation_loss`` is in points. ``bound`` is that of the test images, none if it
    was not tested.
    """

    result: Result
    cost: float
    validation_loss: float
    verdict: str = ""
    bound: LossBound | None = None


@dataclass(frozen=True)
class Choice:
    """What was chosen: ``answer``, or the model that is ``nearest`` where none is good enough.

    ``sequence`` are the candidates from the safest to the fastest, ``others`` the rest of the
    models in the order of the summary. ``by`` says whether the cost is ``time`` or ``macs``.
    """

    by: str
    sequence: tuple[Standing, ...]
    others: tuple[Standing, ...]

    @property
    def answer(self) -> Standing | None:
        """The fastest that has passed."""
        return next((each for each in self.sequence if each.verdict == CHOSEN), None)

    @property
    def nearest(self) -> Standing | None:
        """The one that was tested first or, if none is faster than the dense model, the fastest."""
        if self.sequence:
            return self.sequence[0]
        slow = [each for each in self.others if each.verdict == NOT_FASTER]
        cut = [each for each in slow if each.result.method != DENSE_FINETUNED]
        return min(cut, key=lambda each: each.cost, default=None)


def choose(
    results: Sequence[Result],
    lose_at_most: float,
    elsewhere: Collection[tuple[str, ...]] = (),
    *,
    timed: bool,
) -> Choice:
    """Choose among ``results``, which start with the dense model and have their predictions.

    ``lose_at_most`` is in points; ``elsewhere`` are the keys of results that were timed on another
    device than the dense model. Unless they were ``timed``, multiply-accumulates stand for time.
    The control that is not cut is the same network as the dense model, and cannot be faster.
    """
    dense, *others = results
    known = [result for result in others if result.right]
    every = [_standing(result, dense, timed=timed) for result in known]
    sequence, rest = _in_order(every, lose_at_most, elsewhere, timed=timed)
    lent = largest_noise(result.all_right for result in known)
    return Choice(
        "time" if timed else "macs",
        tuple(_tested(sequence, dense, lose_at_most, lent)),
        tuple(rest),
    )


def _standing(result: Result, dense: Result, *, timed: bool) -> Standing:
    cost = result.ratio if timed else 1 + result.macs_change / 100
    return Standing(result, cost, round(dense.validation - result.validation, _DIGITS))


def _in_order(
    every: list[Standing], most: float, elsewhere: Collection[tuple[str, ...]], *, timed: bool
) -> tuple[list[Standing], list[Standing]]:
    """Return the candidates from the safest to the fastest, and what the others lack."""
    lacks: dict[tuple[str, ...], str] = {}
    for each in every:
        faster = each.result.speed < 0 if timed else each.cost < 1
        faster = faster and each.result.method != DENSE_FINETUNED
        if each.result.key in elsewhere:
            lacks[each.result.key] = ELSEWHERE
        elif not faster:
            lacks[each.result.key] = NOT_FASTER
    faster_ones = [each for each in every if each.result.key not in lacks]
    front = _front(faster_ones)
    # if all lose too much, the safest is tested: validation images err, too
    sequence = [each for each in front if each.validation_loss <= most] or front[:1]
    taken = {each.result.key for each in sequence}
    rest = []
    for each in every:
        if each.result.key not in taken:
            loses = LOSES if each.validation_loss > most else BEATEN
            rest.append(replace(each, verdict=lacks.get(each.result.key, loses)))
    return sequence, rest


def _front(standings: list[Standing]) -> list[Standing]:
    """Return those that no other beats in cost and validation loss, the safest first.

    Of equals in both it is the smallest, and then the first of the summary.
    """
    ordered = sorted(standings, key=lambda s: (s.cost, s.validation_loss, s.result.size))
    front: list[Standing] = []
    for each in ordered:
        if not front or each.validation_loss < front[-1].validation_loss:
            front.append(each)
    return front[::-1]


def _tested(
    sequence: list[Standing], dense: Result, most: float, lent: SeedNoise | None
) -> list[Standing]:
    """Return ``sequence`` with the bounds of its models until one fails, and their verdicts."""
    found: list[Standing] = []
    for each in sequence:
        if found and found[-1].verdict == FAILED:
            break
        bound = loss_bound(each.result.all_right, dense.all_right[0], lent)
        verdict = PASSED if bound.most <= most else FAILED
        found.append(replace(each, verdict=verdict, bound=bound))
    passed = sum(each.verdict == PASSED for each in found)
    if passed:
        found[passed - 1] = replace(found[passed - 1], verdict=CHOSEN)
    return found + [replace(each, verdict=NOT_REACHED) for each in sequence[len(found) :]]
