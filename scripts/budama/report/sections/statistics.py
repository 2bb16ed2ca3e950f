"""Statistics: every comparison, its p-value, and what was tested how."""

from collections.abc import Sequence

from budama.analysis.columns import AXES
from budama.analysis.comparisons import Comparison, Family
from budama.analysis.results import Result
from budama.report.document import Folded, Paragraph, Row, Section, Table, TableCell
from budama.report.languages import Language
from budama.report.names import DASH
from budama.report.sections.context import Context
from budama.report.sentences import method, terms

TESTS = ("mcnemar", "crossed", "proportions")
COLUMNS = ("comparison", "difference", "interval", "p", "p_holm")
BRIEF = ("comparison", "difference", "p_holm", "verdict")
TEXT = ("comparison", "verdict")
SCOPE = ("scope",)
Families = Sequence[tuple[str, Family]]


def statistics(context: Context, language: Language) -> Section:
    """Return the tests of a scenario."""
    facts = context.facts
    families = [("", family) for family in facts.families]
    return statistics_of(families, [("", family) for family in facts.further], language)


def statistics_of(families: Families, further: Families, language: Language) -> Section:
    """Return what was done, counts, and a table per family, each with what its title begins with.

    Those of ``further``, on which observations rest, come last, with fewer columns, and are not
    counted.
    """
    words = language.words
    every = [found for _, family in families for found in family.comparisons]
    used = {c.difference.test for _, family in [*families, *further] for c in family.comparisons}
    real = sum(found.real for found in every)
    counts = (language.count(n) for n in (len(every), real, len(every) - real))
    about = [
        *([words["real_of"].format(*counts)] if every else []),
        *(words[f"test_{test}"] for test in TESTS if test in used),
        words["about_holm"],
        *([words["about_further"]] if further else []),
    ]
    return Section(
        words["statistics"],
        [
            *map(Paragraph, about),
            *(_table(task, family, _columns(family), language) for task, family in families),
            *(_table(task, family, BRIEF, language) for task, family in further),
        ],
    )


def _columns(family: Family) -> tuple[str, ...]:
    by_seed = any(found.by_seed for found in family.comparisons)
    return (*COLUMNS, *["by_seed"] * by_seed, "verdict")


def _table(task: str, family: Family, keys: tuple[str, ...], language: Language) -> Folded:
    title = language.words[f"family_{family.kind}"].format(terms(language, family.terms))
    table = Table(
        heads=[language.words[key] for key in keys],
        rows=[_row(found, family.kind, keys, language) for found in family.comparisons],
        numeric=[key not in TEXT for key in keys],
    )
    return Folded(" – ".join(filter(None, [task, title])), [table])


def _row(found: Comparison, kind: str, keys: tuple[str, ...], language: Language) -> Row:
    d, verdict = found.difference, "real" if found.real else "tie"
    cells = {
        "comparison": language.words["versus"].format(*_sides(found, kind, language)),
        "difference": language.signed(found.points),
        "interval": f"{language.signed(d.low)} … {language.signed(d.high)}",
        "p": language.p_value(d.p),
        "p_holm": language.p_value(found.p_holm),
        "by_seed": ", ".join(language.p_value(p) for p in found.by_seed) or DASH,
        "verdict": language.words[verdict],
    }
    return Row([TableCell(cells[key]) for key in keys], verdict)


def _sides(found: Comparison, kind: str, language: Language) -> tuple[str, str]:
    first, second = (method(language, result.method) for result in (found.first, found.second))
    if kind in ("methods", "training"):
        return first, second
    if kind == "combination":
        return _with(first, found.first, SCOPE, language), _with(
            second, found.second, SCOPE, language
        )
    if kind in ("published", "neighbour"):
        published = language.words["published_row"]
        return _with(first, found.first, AXES, language), _with(
            published, found.second, ("scope", "budget"), language
        )
    sides = (terms(language, {kind: getattr(r, kind)}) for r in (found.first, found.second))
    own, other = sides
    return f"{first}: {own}", other


def _with(name: str, result: Result, axes: Sequence[str], language: Language) -> str:
    """Return ``name`` with what ``axes`` say of ``result``, if anything."""
    known = {axis: getattr(result, axis) for axis in axes}
    return ", ".join(filter(None, [name, terms(language, known)]))
