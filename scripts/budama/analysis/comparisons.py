"""What is compared with what: groups of equal terms, and families that share a correction."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from budama.analysis.results import RANDOM, Result, is_method
from budama.analysis.tests import (
    ALPHA,
    Difference,
    SeedNoise,
    crossed,
    holm,
    mcnemar,
    proportions,
    seed_noise,
)
from budama.config.schema import DENSE, DENSE_FINETUNED, NOT_APPLICABLE

AXES = ("scope", "budget", "recipe")


@dataclass(frozen=True)
class Comparison:
    """Two results, what sets them apart, and its p-value after Holm's correction in its family.

    ``by_seed`` are the p-values of McNemar's test within each seed that both have, where there are
    several.
    """

    first: Result
    second: Result
    difference: Difference
    p_holm: float
    by_seed: tuple[float, ...] = ()

    @property
    def points(self) -> float:
        """The accuracy of the first less that of the second, in points."""
        return self.difference.points

    @property
    def real(self) -> bool:
        """Whether the difference is significant; what is not is a tie."""
        return self.p_holm < ALPHA

    @property
    def won(self) -> bool:
        """Whether the first is really better."""
        return self.real and self.points > 0

    @property
    def lost(self) -> bool:
        """Whether the first is really worse."""
        return self.real and self.points < 0


@dataclass(frozen=True)
class Family:
    """Comparisons that are corrected together; ``terms`` is what all of them have in common.

    ``kind`` is ``methods`` (on equal terms, with the controls), ``training`` (the dense control
    against the dense model), or the one of ``AXES`` that differs.
    """

    kind: str
    terms: dict[str, str]
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Group:
    """Methods that were cut and trained on equal terms, and the controls that go with them.

    ``random`` is of the same budget and recipe, but of another scope where ``random_elsewhere``.
    """

    terms: dict[str, str]
    methods: tuple[Result, ...]
    random: Result | None
    trained: Result | None
    dense: Result
    family: Family

    @property
    def random_elsewhere(self) -> bool:
        """Whether the random control was cut at another scope."""
        return self.random is not None and self.random.scope != self.terms["scope"]

    @property
    def known(self) -> list[Result]:
        """The methods that have an accuracy, the most accurate first."""
        return sorted((m for m in self.methods if m.known), key=lambda m: -m.accuracy)

    def between(self, first: Result, second: Result) -> Comparison:
        """Return their comparison, seen from ``first``."""
        for found in self.family.comparisons:
            if found.first is first and found.second is second:
                return found
            if found.first is second and found.second is first:
                return turned(found)
        raise KeyError(f"{first.method} and {second.method} were not compared")

    def ties(self, result: Result) -> list[Result]:
        """Return the other methods from which ``result`` cannot be told apart."""
        others = (other for other in self.known if other is not result)
        return [other for other in others if not self.between(result, other).real]


def turned(found: Comparison) -> Comparison:
    """Return the same comparison, seen from the other side."""
    d = found.difference
    difference = d._replace(points=-d.points, low=-d.high, high=-d.low)
    return Comparison(found.second, found.first, difference, found.p_holm, found.by_seed)


def compare(pairs: Iterable[tuple[Result, Result]]) -> tuple[Comparison, ...]:
    """Test the pairs as one family; pairs without an accuracy are left out.

    With predictions of several seeds the noise of training is pooled over the family.
    """
    known = [(first, second) for first, second in pairs if first.known and second.known]
    trained = dict.fromkeys(r for pair in known for r in pair if r.method != DENSE)
    noise = seed_noise([result.all_right for result in trained if result.right])
    differences = [_difference(first, second, noise) for first, second in known]
    corrected = holm([difference.p for difference in differences])
    return tuple(
        Comparison(first, second, difference, p, _by_seed(first, second))
        for (first, second), difference, p in zip(known, differences, corrected, strict=True)
    )


def _difference(first: Result, second: Result, noise: SeedNoise | None) -> Difference:
    if not (first.right and second.right):
        images = min(first.images, second.images)
        return proportions(first.accuracy, second.accuracy, images)
    if noise is None:
        return mcnemar(first.all_right[0], second.all_right[0])
    return crossed(first.all_right, second.all_right, noise, fixed=second.method == DENSE)


def _by_seed(first: Result, second: Result) -> tuple[float, ...]:
    """Return McNemar's p within each seed; the dense model, trained once, stands for every seed."""
    if second.method == DENSE and second.right:
        pairs = [(right, second.all_right[0]) for right in first.right.values()]
    else:
        shared = [seed for seed in first.right if seed in second.right]
        pairs = [(first.right[seed], second.right[seed]) for seed in shared]
    return tuple(mcnemar(*pair).p for pair in pairs) if len(pairs) > 1 else ()


def groups_of(results: list[Result]) -> list[Group]:
    """Return the groups in the order of the summary; ``results`` start with the dense model."""
    dense = results[0]
    cut = [r for r in results if r.scope != NOT_APPLICABLE]
    terms = dict.fromkeys((r.scope, r.budget, r.recipe) for r in cut if is_method(r))
    return [_group(dict(zip(AXES, values, strict=True)), cut, results, dense) for values in terms]


def _group(terms: dict[str, str], cut: list[Result], results: list[Result], dense: Result) -> Group:
    methods = tuple(r for r in cut if is_method(r) and _shares(r, terms, AXES))
    randoms = [
        r for r in cut if r.method == RANDOM and r.known and _shares(r, terms, ("budget", "recipe"))
    ]
    randoms.sort(key=lambda r: r.scope != terms["scope"])
    random = randoms[0] if randoms else None
    trained = next(
        (r for r in results if r.method == DENSE_FINETUNED and _shares(r, terms, ("recipe",))), None
    )
    against = [other for other in (random, trained, dense) if other is not None]
    pairs = [*combinations(methods, 2), *((m, other) for other in against for m in methods)]
    return Group(terms, methods, random, trained, dense, Family("methods", terms, compare(pairs)))


def families_of(results: list[Result], groups: list[Group]) -> list[Family]:
    """Return every family: the groups', what training alone does, and one per axis that varies."""
    dense, *others = results
    trained = [(r, dense) for r in others if r.method == DENSE_FINETUNED]
    families = [
        *(group.family for group in groups),
        Family("training", {}, compare(trained)),
        *(family for axis in AXES for family in _along(axis, others)),
    ]
    return [family for family in families if family.comparisons]


def _along(axis: str, results: list[Result]) -> Iterator[Family]:
    """Yield for each setting of the other axes every method at two places of ``axis``."""
    fixed = [other for other in AXES if other != axis]
    methods = [r for r in results if is_method(r)]
    for values in dict.fromkeys(tuple(getattr(r, name) for name in fixed) for r in methods):
        terms = dict(zip(fixed, values, strict=True))
        chosen = [r for r in methods if _shares(r, terms, fixed)]
        pairs = [pair for pair in combinations(chosen, 2) if pair[0].method == pair[1].method]
        yield Family(axis, terms, compare(pairs))


def _shares(result: Result, terms: dict[str, str], names: Iterable[str]) -> bool:
    return all(getattr(result, name) == terms[name] for name in names)
