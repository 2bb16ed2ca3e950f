"""How often equal methods are called different: ``make bench-seeds`` writes docs/seeds.md."""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from budama.analysis.difference import ALPHA, Right
from budama.analysis.seed_noise import MeanError, SeedNoise, seed_noise

HEAD = """# How sure a comparison over seeds is

Two methods are compared by their predictions on the same test images, over a few seeds. Three
tests of that were simulated (`make bench-seeds`): the images' difficulty is partly shared by both,
every training has a level of its own, and the accuracy is about 90%. *Pooled* takes one noise of
training for all methods of a family (here the two, and two more like the second). *Satterthwaite*
takes that of each of the two, in a t-test with his degrees of freedom. *budama* takes that of each
of the two as well, and integrates over what it may be, since so few seeds hardly tell it
(`analysis/seed_noise.py`).
"""
LEVEL = """
## Equal methods called different

In percent of {} pairs of exactly equal methods; a test at 5% may do so in 5%, and chance moves
these figures by {:.1f}. The spread is the standard deviation over trainings in points of accuracy;
a random control has much of it, because every seed cuts other channels. The dense model is one
given model.

"""
POWER = """
## True differences found

In percent of {} pairs, where both have a spread of 0.3 points and nothing is corrected for many
comparisons, on 5,000 images.

"""
TAIL = """
Pooling finds more where all methods are equally noisy, and makes differences up where they are
not. Not to do that has a price: **with two seeds only large differences are more than a tie.** Take
three at least, better five: Holm's correction asks for more certainty than these tables do. A
method with a single seed (because a job failed, say) is given the largest noise of those that are
tested with it.
"""
SPREADS = {
    "1.5 and 0.2": (1.5, 0.2, 0.2, 0.2),
    "1.5 and the dense model": (1.5, None, 0.2, 0.2),
    "0.7 and 0.7": (0.7, 0.7, 0.7, 0.7),
    "0.2 and 0.2": (0.2, 0.2, 0.2, 0.2),
}
TESTS = ("pooled", "Satterthwaite", "budama")
# The simulated trainings: an image is classified right where the sum of its difficulty, standard
# normal, and of three more normal deviations stays below a threshold. ``METHOD`` is that of a
# method on an image, ``TRAINING`` that of a training on an image, ``LEVEL_PER_POINT`` that of a
# training on all images, for each point of spread: at 90% right it moves the accuracy by one.
ACCURACY = 0.9
METHOD, TRAINING, LEVEL_PER_POINT = 0.5, 0.3, 0.0665


class Setting(NamedTuple):
    """Pairs to simulate; the spread of a given model is None, ``points`` what the first loses."""

    spreads: tuple[float | None, ...]
    seeds: int
    images: int
    runs: int
    points: float = 0.0


def main() -> None:
    """Simulate and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    runs = arguments.runs
    text = HEAD + LEVEL.format(f"{runs:,}", 100 * 1.96 * (0.05 * 0.95 / runs) ** 0.5)
    sizes = list(product(SPREADS, (500, 5000), (2, 3, 5)))
    level = [Setting(SPREADS[name], seeds, images, runs) for name, images, seeds in sizes]
    names = [f"{name} | {images:,} | {seeds}" for name, images, seeds in sizes]
    text += "\n".join(_table("spreads | images | seeds", names, level)) + "\n"
    effects = list(product((2, 3, 5), (1.0, 2.0, 4.0)))
    power = [Setting((0.3,) * 4, seeds, 5000, runs // 4, points) for seeds, points in effects]
    names = [f"{points:.1f} points | {seeds}" for seeds, points in effects]
    text += POWER.format(f"{runs // 4:,}")
    text += "\n".join(_table("difference | seeds", names, power)) + "\n" + TAIL
    print(text)
    if arguments.output:
        arguments.output.write_text(text)


def _table(head: str, names: list[str], settings: list[Setting]) -> Iterator[str]:
    yield f"| {head} | {' | '.join(TESTS)} |"
    yield "|---|" + "---:|" * (head.count("|") + len(TESTS))
    with ProcessPoolExecutor() as processes:
        for name, shares in zip(names, processes.map(called, settings), strict=True):
            yield f"| {name} | {' | '.join(f'{100 * share:.1f}' for share in shares)} |"


def called(setting: Setting) -> list[float]:
    """Return the share of pairs that each of ``TESTS`` calls different."""
    random = np.random.default_rng(13)
    found = [list(_p_values(_family(setting, random), setting)) for _ in range(setting.runs)]
    return [float(share) for share in (np.array(found) < ALPHA).mean(0)]


def _family(setting: Setting, random: np.random.Generator) -> list[Right]:
    """Return ``[seeds, images]`` of each method; the dense model is one training without spread."""
    hard, found = random.normal(size=setting.images), []
    for place, points in enumerate(setting.spreads):
        accuracy = ACCURACY - (0 if place else setting.points / 100)
        seeds = 1 if points is None else setting.seeds
        found.append(trainings(hard, seeds, points or 0.0, random, accuracy))
    return found


def trainings(
    hard: npt.NDArray[np.float64],
    seeds: int,
    points: float,
    random: np.random.Generator,
    accuracy: float = ACCURACY,
) -> Right:
    """Return ``[seeds, images]``: which images, of difficulty ``hard``, a method has right.

    Over all images and all trainings it has the share ``accuracy`` right; ``points`` are, in
    points, about the standard deviation of a training's accuracy.
    """
    images, spread = len(hard), LEVEL_PER_POINT * points
    threshold = stats.norm.ppf(accuracy) * (1 + METHOD**2 + TRAINING**2 + spread**2) ** 0.5
    own = hard + METHOD * random.normal(size=images)
    level = own + TRAINING * random.normal(size=(seeds, images))
    right: Right = level + spread * random.normal(size=(seeds, 1)) < threshold
    return right


def _p_values(family: list[Right], setting: Setting) -> Iterator[float]:
    """Yield the p-values of the first two methods, in the order of ``TESTS``."""
    pair = [right for right in family[:2] if len(right) > 1]
    values = family[0].mean(0) - family[1].mean(0)
    noises = [noise for right in family if (noise := seed_noise(right)) is not None]
    square, rest, _ = (float(mean) for mean in np.mean(noises, 0))  # all have as many seeds
    pooled = SeedNoise(square, rest, sum(noise.freedom for noise in noises))
    share = 1 / setting.seeds
    yield _satterthwaite(values, {pooled: share * len(pair)})
    own = dict.fromkeys(noises[: len(pair)], share)
    yield _satterthwaite(values, own)
    yield MeanError.of(values, own).p(float(values.mean()))


def _satterthwaite(values: npt.NDArray[np.float64], noises: dict[SeedNoise, float]) -> float:
    images = len(values)
    squares = {n: share * max(n.square, n.rest) / images for n, share in noises.items()}
    rest = sum(share * noise.rest / images for noise, share in noises.items())
    total = values.var(ddof=1) / images + sum(squares.values()) - rest
    uncertain = sum(square**2 / noise.freedom for noise, square in squares.items())
    return float(2 * stats.t.sf(abs(values.mean()) / total**0.5, total**2 / uncertain))


if __name__ == "__main__":
    main()
