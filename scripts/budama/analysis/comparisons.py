"""Comparisons, the families that are corrected together, and groups of methods on equal terms."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from budama.analysis.columns import AXES
from budama.analysis.difference import ALPHA, Difference
from budama.analysis.results import RANDOM, Result, is_method
from budama.config.schema import DENSE_FINETUNED, NOT_APPLICABLE

# The kinds of families that observations rest on beside the table's own
FURTHER = ("combination", "published", "neighbour")


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
    against the dense model), or the one of ``AXES`` that differs; of ``FURTHER``, ``combination``
    (all methods and scopes, the rest being equal), ``published`` (each result and its own
    published figure) or ``neighbour`` (what another scenario published of the same methods).
    """

    kind: str
    terms: dict[str, str]
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Group:
    """Methods that were cut and trained on equal terms, and the controls that go with them.

    ``random`` is of the same budget, repair and recipe, but of another scope where
    ``random_elsewhere``.
    """

    terms: dict[str, str]
    methods: tuple[Result, ...]
    random: Result | None
    trained: Result | None
    dense: Result
    comparisons: tuple[Comparison, ...] = ()

    @property
    def pairs(self) -> Iterator[tuple[Result, Result]]:
        """What is to be compared: the methods with each other, then each with the controls."""
        against = [other for other in (self.random, self.trained, self.dense) if other is not None]
        yield from combinations(self.methods, 2)
        yield from ((method, other) for other in against for method in self.methods)

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
        for found in self.comparisons:
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


def from_the_best(family: Family) -> Family:
    """Return of a ``combination`` the comparisons of its most accurate side, seen from there."""
    every = family.comparisons
    # the first of equals, in the order of the summary
    best = max((side for c in every for side in (c.first, c.second)), key=lambda r: r.accuracy)
    own = [found for found in every if best in (found.first, found.second)]
    seen = tuple(found if found.first is best else turned(found) for found in own)
    return replace(family, comparisons=seen)


def groups_of(results: list[Result], families: Iterable[Family] = ()) -> list[Group]:
    """Return the groups in the order of the summary; ``results`` start with the dense model.

    Each has the comparisons of its family among ``families``, if it is there.
    """
    dense = results[0]
    cut = [r for r in results if r.scope != NOT_APPLICABLE]
    every = dict.fromkeys(tuple(getattr(r, name) for name in AXES) for r in cut if is_method(r))
    tested = {tuple(f.terms.values()): f.comparisons for f in families if f.kind == "methods"}
    return [
        replace(
            _group(dict(zip(AXES, terms, strict=True)), cut, results, dense),
            comparisons=tested.get(terms, ()),
        )
        for terms in every
    ]


def _group(terms: dict[str, str], cut: list[Result], results: list[Result], dense: Result) -> Group:
    methods = tuple(r for r in cut if is_method(r) and has_terms(r, terms))
    equal = {name: terms[name] for name in ("budget", "repair", "recipe")}
    randoms = [
        r
        for r in cut
        if r.method == RANDOM
        and r.known
        and has_terms(r, equal)
        and (r.scope != terms["scope"] or r.normaliser == terms["normaliser"])
    ]
    randoms.sort(key=lambda r: r.scope != terms["scope"])
    random = randoms[0] if randoms else None
    trained = (r for r in results if r.method == DENSE_FINETUNED and r.recipe == terms["recipe"])
    return Group(terms, methods, random, next(trained, None), dense)


def has_terms(result: Result, terms: Mapping[str, str]) -> bool:
    """Whether a result has all of ``terms``; the layer scope stands beside every normaliser."""
    return all(
        getattr(result, name) in (value, *[NOT_APPLICABLE] * (name == "normaliser"))
        for name, value in terms.items()
    )
