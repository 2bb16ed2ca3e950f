"""How often an answer is wrong, and how fast it is: ``make bench-answer`` writes docs/answer.md."""

import argparse
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from budama.analysis.answer import choose
from budama.analysis.columns import AXES, FIGURES
from budama.analysis.difference import ALPHA, Right
from budama.analysis.loss_bound import loss_bound, score_bound
from budama.analysis.results import Result
from tools.benchmarks.seeds import ACCURACY, trainings

MARK = "<!-- what follows is written by make bench-answer -->\n"
ERRORS = """
## The bound errs as often as it says

In percent of test sets in which a bound of 95% is below the true loss; 5.0 is right. Added up over
all that the images may show, not simulated. *Differing* are the images that one of the two models
alone gets right.

"""
SEEDS = """
## Over seeds

In percent of {} simulated methods whose bound on 5,000 test images is below their true loss of 1
point; 5.0 is allowed, and chance moves it by {:.1f}. The spread is the standard deviation over
trainings in points. With two or three seeds the bound is careful, because so few hardly tell their
own spread ([seeds.md](seeds.md)).

"""
RULES = """
## The rule, and others that were tried

{} simulated scenarios each, with 5,000 test images, an accuracy of about 90%, one seed, and a limit
of 1 point. *Found* counts those with an answer; *time* is its mean, 1 where there is none; *wrong*
counts the answers that truly lose the limit or more, and may be 5.0%; *beyond* counts those that
truly lose more than the bound in their sentence. Chance moves these two by about {:.1f}. Unless
said otherwise, there are 1,000 validation images.

"""
SIZES, DIFFERING, LOSSES = (1000, 5000), (0.02, 0.05, 0.1, 0.2), (0.002, 0.01, 0.03)
LIMIT, VALIDATION, MORE_VALIDATION, TEST = 1.0, 1000, 5000, 5000
# The time of each model as a share of the dense model's, and the points that it truly loses
TRUTHS = {
    "five at half of the time": [(0.5, 0.0), (0.51, 0.2), (0.49, 0.4), (0.48, 0.5), (0.52, 1.0)],
    "four methods, three budgets": [
        *((0.7, 0.0), (0.71, 0.1), (0.69, 0.0), (0.72, 0.2)),
        *((0.5, 0.3), (0.51, 0.2), (0.49, 0.5), (0.52, 1.0)),
        *((0.35, 1.0), (0.36, 1.5), (0.34, 2.0), (0.33, 3.0)),
    ],
    "the same, losing less": [
        *((0.7, -0.3), (0.71, -0.3), (0.69, -0.2), (0.72, -0.1)),
        *((0.5, 0.0), (0.51, 0.0), (0.49, 0.2), (0.52, 0.3)),
        *((0.35, 0.5), (0.36, 1.0), (0.34, 1.5), (0.33, 2.0)),
    ],
    "one is safe, four lose the limit": [
        *((0.7, -1.0), (0.6, 1.0), (0.5, 1.0), (0.45, 1.0), (0.35, 1.0)),
    ],
    "all lose the limit": [(time, 1.0) for time in (0.7, 0.6, 0.5, 0.45, 0.35)],
}
Counts = npt.NDArray[np.int64]
PROCEDURES = ("budama", "budama, 5,000 validation images", "one candidate", "all, by Holm")


class Simulated(NamedTuple):
    """A scenario: its dense model and the others, and what these truly lose.

    ``better`` are the same with accuracies on more validation images.
    """

    results: list[Result]
    better: list[Result]
    losses: dict[str, float]


def main() -> None:
    """Simulate, and write the tables below the mark in the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    chance = 100 * 1.96 * (0.05 * 0.95 / arguments.runs) ** 0.5
    text = ERRORS + "\n".join(_errors()) + "\n"
    text += SEEDS.format(f"{arguments.runs:,}", chance) + "\n".join(_over_seeds(arguments.runs))
    text += "\n" + RULES.format(f"{arguments.runs:,}", chance)
    text += "\n".join(_rules(arguments.runs)) + "\n"
    print(text)
    if arguments.output:
        kept = arguments.output.read_text().split(MARK)[0]
        arguments.output.write_text(f"{kept}{MARK}{text}")


def _errors() -> Iterator[str]:
    yield "| images | differing | loss (points) | budama (Tango) | Bonett and Price | Wald |"
    yield "|---:|---:|---:|---:|---:|---:|"
    for images, differing, loss in product(SIZES, DIFFERING, LOSSES):
        if loss < differing:
            shares = " | ".join(f"{100 * e:.1f}" for e in errors(images, differing, loss))
            yield f"| {images:,} | {100 * differing:g}% | {100 * loss:g} | {shares} |"


def errors(images: int, differing: float, loss: float) -> list[float]:
    """Return the probability that each bound is below ``loss``: of Tango, Bonett-Price, Wald."""
    more, fewer = (differing + loss) / 2, (differing - loss) / 2
    lost = _likely(images, more)[:, None]
    won = _likely(images, fewer)[None, :]
    p = stats.multinomial.pmf(
        np.stack(np.broadcast_arrays(lost, won, images - lost - won), -1),
        images,
        [more, fewer, 1 - differing],
    )
    z = stats.norm.isf(ALPHA)
    below = (
        _score(lost, won, images, loss) < -z,
        _wald(lost + 1, won + 1, images + 2) * z + (lost - won) / (images + 2) < loss,
        _wald(lost, won, images) * z + (lost - won) / images < loss,
    )
    return [float(p[each].sum()) for each in below]


def _likely(images: int, share: float) -> Counts:
    tail = 1e-9
    low, high = (stats.binom.ppf(q, images, share) for q in (tail, 1 - tail))
    return np.arange(int(low), int(high) + 1)


def _wald(lost: Counts, won: Counts, images: int) -> npt.NDArray[np.float64]:
    a, b = lost / images, won / images
    deviations: npt.NDArray[np.float64] = np.sqrt((a + b - (a - b) ** 2) / images)
    return deviations


def _score(lost: Counts, won: Counts, images: int, loss: float) -> npt.NDArray[np.float64]:
    """Return the score statistic of ``loss``; that it is below -z says that the bound is."""
    both = loss * (1 - loss)
    b = (2 * images - lost + won) * loss - lost - won
    likeliest = (np.sqrt(b * b + 8 * images * won * both) - b) / (4 * images)
    deviations: npt.NDArray[np.float64] = np.sqrt(images * (2 * likeliest + both))
    return (lost - won - images * loss) / deviations


def _over_seeds(runs: int) -> Iterator[str]:
    spreads = (0.2, 0.7, 1.5)
    yield f"| seeds | {' | '.join(f'spread {spread}' for spread in spreads)} |"
    yield "|---:|" + "---:|" * len(spreads)
    for seeds in (2, 3, 5):
        shares = [below_over_seeds(seeds, spread, runs) for spread in spreads]
        yield f"| {seeds} | {' | '.join(f'{100 * share:.1f}' for share in shares)} |"


def below_over_seeds(seeds: int, spread: float, runs: int) -> float:
    """Return how often the bound of a method's trainings is below the loss of all of them."""
    random, below = np.random.default_rng(15), 0
    for _ in range(runs):
        hard = random.normal(size=TEST)
        dense = trainings(hard, 1, 0.0, random)
        method = trainings(hard, seeds, spread, random, ACCURACY - LIMIT / 100)
        below += loss_bound(method, dense[0]).most < LIMIT
    return below / runs


def _rules(runs: int) -> Iterator[str]:
    yield "| models | rule | found | time | wrong | beyond |"
    yield "|---|---|---:|---:|---:|---:|"
    for name, truth in TRUTHS.items():
        random = np.random.default_rng(14)
        found = np.array([outcomes(simulated(truth, random)) for _ in range(runs)]).mean(0)
        for rule, (answered, time, wrong, beyond) in zip(PROCEDURES, found, strict=True):
            shares = " | ".join(f"{100 * share:.1f}" for share in (wrong, beyond))
            yield f"| {name} | {rule} | {100 * answered:.1f} | {time:.3f} | {shares} |"


def simulated(truth: list[tuple[float, float]], random: np.random.Generator) -> Simulated:
    """Return the results of one simulated scenario, and the true losses by method."""
    sizes = (VALIDATION, MORE_VALIDATION, TEST)
    difficulties = [random.normal(size=images) for images in sizes]
    results: list[Result] = []
    better: list[Result] = []
    for place, (time, loss) in enumerate([(1.0, 0.0), *truth]):
        accuracy = ACCURACY - loss / 100
        *validated, test = (trainings(hard, 1, 0.0, random, accuracy) for hard in difficulties)
        for found, validation in zip((results, better), validated, strict=True):
            found.append(_result(f"m{place}", time, validation, test))
    losses = {f"m{place}": loss for place, (_, loss) in enumerate(truth, 1)}
    return Simulated(results, better, losses)


def _result(name: str, time: float, validation: Right, test: Right) -> Result:
    figures = dict.fromkeys((column.name for column in FIGURES), 0.0) | {
        "accuracy_pct": 100 * float(test.mean()),
        "validation_pct": 100 * float(validation.mean()),
        "latency_ratio": time,
        "latency_ratio_low": time,
        "latency_ratio_high": time,
    }
    terms: dict[str, Any] = dict.fromkeys(AXES, "-")
    seen: dict[str, Any] = {"seeds": (0,), "images": len(test[0]), "right": {0: test[0]}}
    return Result(method=name, figures=figures, **terms, **seen)


def outcomes(scenario: Simulated) -> list[tuple[float, ...]]:
    """Return for each of ``PROCEDURES`` whether it found, the time, whether wrong, and beyond."""
    dense, *others = scenario.results
    chosen = (
        *(_chosen(results) for results in (scenario.results, scenario.better)),
        _one(dense, others),
        _holm(dense, others),
    )
    return [_outcome(result, dense, scenario.losses) for result in chosen]


def _chosen(results: list[Result]) -> Result | None:
    answer = choose(results, LIMIT, timed=True).answer
    return answer.result if answer else None


def _outcome(
    result: Result | None, dense: Result, losses: dict[str, float]
) -> tuple[float, float, float, float]:
    if result is None:
        return 0.0, 1.0, 0.0, 0.0
    lost, bound = losses[result.method], loss_bound(result.all_right, dense.all_right[0])
    return 1.0, result.ratio, float(lost >= LIMIT), float(bound.most < lost)


def _one(dense: Result, others: list[Result]) -> Result | None:
    """Test only the fastest of those that lose no more than the limit on validation images."""
    within = [r for r in others if dense.validation - r.validation <= LIMIT]
    best = min(within, key=lambda r: r.ratio, default=None)
    return best if best and _passes(best.all_right[0], dense.all_right[0], ALPHA) else None


def _holm(dense: Result, others: list[Result]) -> Result | None:
    """Test all on the test images, corrected by Holm; of those that pass, take the fastest."""
    safest = sorted(others, key=lambda r: loss_bound(r.all_right, dense.all_right[0]).most)
    passed: list[Result] = []
    for place, result in enumerate(safest):
        if not _passes(result.all_right[0], dense.all_right[0], ALPHA / (len(safest) - place)):
            break
        passed.append(result)
    return min(passed, key=lambda r: r.ratio, default=None)


def _passes(model: Right, dense: Right, alpha: float) -> bool:
    lost, won = int((dense & ~model).sum()), int((model & ~dense).sum())
    return 100 * score_bound(lost, won, len(dense), alpha) <= LIMIT


if __name__ == "__main__":
    main()
