"""Every pair tested, each family of them corrected after Holm."""

from collections.abc import Iterable

from budama.analysis.comparisons import Comparison, Family
from budama.analysis.difference import Difference
from budama.analysis.pairs import Pair, pairs_of
from budama.analysis.published import Published
from budama.analysis.results import Result
from budama.analysis.seed_noise import SeedNoise, largest_noise
from budama.analysis.significance import crossed, holm, mcnemar, proportions
from budama.config.schema import DENSE


def families_of(results: list[Result], published: Published) -> list[Family]:
    """Return every family in which there is something to compare.

    ``results`` start with the dense model.
    """
    found = (
        Family(kind, terms, compare(pairs)) for kind, terms, pairs in pairs_of(results, published)
    )
    return [family for family in found if family.comparisons]


def compare(pairs: Iterable[Pair]) -> tuple[Comparison, ...]:
    """Test the pairs as one family; pairs without an accuracy are left out.

    With predictions of several seeds each method has the noise of its own seeds; one that has a
    single seed has the largest of the family.
    """
    known = [(first, second) for first, second in pairs if first.known and second.known]
    trained = dict.fromkeys(r for pair in known for r in pair if r.method != DENSE)
    lent = largest_noise(result.all_right for result in trained if result.right)
    differences = [_difference(first, second, lent) for first, second in known]
    corrected = holm([difference.p for difference in differences])
    return tuple(
        Comparison(first, second, difference, p, _by_seed(first, second))
        for (first, second), difference, p in zip(known, differences, corrected, strict=True)
    )


def _difference(first: Result, second: Result, lent: SeedNoise | None) -> Difference:
    if not (first.right and second.right):
        images = min(first.images, second.images)
        return proportions(first.accuracy, second.accuracy, images)
    if lent is None:
        return mcnemar(first.all_right[0], second.all_right[0])
    return crossed(first.all_right, second.all_right, lent, fixed=second.method == DENSE)


def _by_seed(first: Result, second: Result) -> tuple[float, ...]:
    """Return McNemar's p within each seed; the dense model, trained once, stands for every seed."""
    if second.method == DENSE and second.right:
        pairs = [(right, second.all_right[0]) for right in first.right.values()]
    else:
        shared = [seed for seed in first.right if seed in second.right]
        pairs = [(first.right[seed], second.right[seed]) for seed in shared]
    return tuple(mcnemar(*pair).p for pair in pairs) if len(pairs) > 1 else ()
