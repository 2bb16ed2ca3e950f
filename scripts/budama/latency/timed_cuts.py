"""A cut that takes the share of the dense time that was asked for, on this machine."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from budama.config.cut import Normaliser
from budama.config.latency import Latency
from budama.latency.measure import open_bench
from budama.latency.statistics import Ratio
from budama.latency.stopwatch import Stopwatch, memory_of
from budama.models.prediction import Verdict
from budama.pruning.choice import Candidate, Choice, Cutter, choose
from budama.pruning.target import TIMED_TOLERANCE, OutOfReachError, nearest, out_of_reach
from budama.pruning.timed.clock import TRIES
from budama.pruning.timed.sizes import units_left
from budama.pruning.timed.variants import Variants
from budama.system.errors import BudamaError

log = logging.getLogger("budama")
_ROUNDS = 4
# What is timed thoroughly ends the search so near to the target
CLOSE = 0.02
_TRIES_TO_COMPARE = 2
Judge = Callable[[Candidate], Verdict]


def choose_here(
    normalisers: Sequence[Normaliser],
    cutter: Cutter,
    judge: Judge | None,
    *,
    size: int,
    latency: Latency,
    costs: Path,
    onnx: Path,
) -> tuple[Choice, dict[str, Any]]:
    """Return what ``choose_in_time`` does, timed on this machine by the rules of ``latency``.

    ``costs`` is the table of what layers take, ``onnx`` the dense model's file for images of
    ``size``. Raises ``BudamaError`` as ``check_device`` and ``choose_in_time`` do.
    """
    with open_bench(latency, onnx) as bench:
        variants = Variants(cutter.repairer.dense, cutter.repairer.groups, onnx, size)
        watch = Stopwatch(bench, variants, memory_of(costs))
        check_device(costs, cutter, watch)
        return choose_in_time(normalisers, cutter, judge, watch)


def check_device(path: Path, cutter: Cutter, watch: Stopwatch) -> None:
    """Raise ``BudamaError`` unless the table ``path`` is of the kind of device that is here."""
    assert cutter.clock is not None
    there, here = cutter.clock.table.device, watch.device
    if there != here:
        raise BudamaError(
            f"{path}: what layers take was measured on {there}; this is {here}. A cut to a budget "
            "in latency is of one kind of device: run it there, or, to have all methods cut and "
            "timed here, `snakemake --cores all NAME --forcerun selftest costs` (docs/hpc.md says "
            "how to train there and cut here)"
        )


def choose_in_time(
    normalisers: Sequence[Normaliser], cutter: Cutter, judge: Judge | None, watch: Stopwatch
) -> tuple[Choice, dict[str, Any]]:
    """Return what ``choose`` does, cut so that it meets the budget here, and how that was timed.

    Several are compared after a timing or two in short each; only the chosen one is timed more.
    Raises ``OutOfReachError`` if no cut lies within 3% of the target.
    """
    clock = cutter.clock
    assert clock is not None
    clock.timer = watch.in_short

    def cut(normaliser: Normaliser) -> Candidate:
        clock.tried.clear()  # each order has errors of its own
        return cutter.cut(normaliser)

    choice = None
    if judge is not None:
        clock.tries = _TRIES_TO_COMPARE
        choice = choose(normalisers, cut, judge)
        clock.tries = TRIES
    normaliser = choice.normaliser if choice is not None else normalisers[0]
    clock.tried.clear()
    candidate, ratio = cut_in_time(cutter, normaliser, watch)
    timed = {
        "ratio": ratio.value,
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
        "tried": [[round(figure, 4) for figure in tried] for tried in clock.tried],
    }
    if choice is None:
        return Choice(candidate, normaliser), timed
    return replace(choice, candidate=candidate), timed


def cut_in_time(
    cutter: Cutter, normaliser: Normaliser, watch: Stopwatch
) -> tuple[Candidate, Ratio]:
    """Return the cut by ``normaliser`` that meets the budget, and the share of the dense time.

    Candidates are timed in short until one is near enough, and that one by the rules of the latency
    stage; where these say otherwise, the next candidate is chosen by what they gave.
    It ends at 2% from the target, because to stop at the first within 3% would be to wait for luck.
    If none comes so near, the nearest within 3% is taken; on a restless machine the nearest of what
    cannot be told from the target, with a warning.
    Raises ``OutOfReachError`` with the nearest on both sides if there is none.
    """
    clock, target = cutter.clock, cutter.budget.value
    assert clock is not None
    clock.timer = watch.in_short
    found: list[tuple[Candidate, Ratio]] = []
    for _ in range(_ROUNDS):
        candidate = cutter.cut(normaliser)
        widths = units_left(cutter.repairer.groups, candidate.outcome.kept)
        ratio = watch.thoroughly(widths)
        if ratio.noisy and abs(ratio.value - target) > CLOSE * target:
            ratio = watch.thoroughly(widths, again=True)
        log.info("by the rules of the latency stage: %.3f (%.3f to %.3f)", *ratio[:3])
        found.append((candidate, ratio))
        if abs(ratio.value - target) <= CLOSE * target:
            break
        clock.note(ratio.value)
        clock.timer = None  # what was timed thoroughly tells more than a timing in short
    candidate, ratio = min(found, key=lambda pair: abs(pair[1].value - target))
    if abs(ratio.value - target) <= TIMED_TOLERANCE * target:
        return candidate, ratio
    level = [pair for pair in found if pair[1].noisy and pair[1].low <= target <= pair[1].high]
    if level:
        candidate, ratio = min(level, key=lambda pair: abs(pair[1].value - target))
        log.warning(
            "the machine was restless: %.3f (%.3f to %.3f) cannot be told from %g. Stop other "
            "programs, delete the cut and run again for one that lies within 3%%",
            *ratio[:3],
            target,
        )
        return candidate, ratio
    raise _refusal(cutter, found, watch)


def _refusal(
    cutter: Cutter, found: Sequence[tuple[Candidate, Ratio]], watch: Stopwatch
) -> OutOfReachError:
    """Return the error that names the nearest times; those of a restless machine are forgotten."""
    target = cutter.budget.value
    refusal = out_of_reach(cutter.budget, nearest((ratio.value for _, ratio in found), target))
    noisy = [(candidate, ratio) for candidate, ratio in found if ratio.noisy]
    for candidate, _ in noisy:
        watch.forget(units_left(cutter.repairer.groups, candidate.outcome.kept))
    if not noisy:
        return refusal
    low, high = noisy[-1][1].low, noisy[-1][1].high
    return OutOfReachError(
        f"{refusal}. The machine was restless meanwhile (an interval of {low:.3f} to {high:.3f}): "
        "stop other programs and run again, which repeats this cut alone. (Another value of "
        "latency.seconds makes the table, all cuts in time and their trainings anew)"
    )
