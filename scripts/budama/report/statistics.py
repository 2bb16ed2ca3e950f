"""The report's section on statistics: every comparison, its p-value, and what was tested how."""

from collections.abc import Sequence
from typing import Any

from budama.analysis.comparisons import AXES, Comparison, Family
from budama.analysis.results import Result
from budama.config.schema import NOT_APPLICABLE
from budama.report.languages import Language
from budama.report.sentences import method, terms

TESTS = ("mcnemar", "crossed", "proportions")
COLUMNS = ("comparison", "difference", "interval", "p", "p_holm")
BRIEF = ("comparison", "difference", "p_holm", "verdict")
SCOPE = ("scope",)


def statistics(families: list[Family], further: list[Family], language: Language) -> dict[str, Any]:
    """Return the section's parts in ``language``: what was done, counts, a table per family.

    Those of ``further``, on which observations rest, come last, with fewer columns, and are not
    counted.
    """
    words = language.words
    every = [found for family in families for found in family.comparisons]
    used = {c.difference.test for family in [*families, *further] for c in family.comparisons}
    real = sum(found.real for found in every)
    counts = (language.count(n) for n in (len(every), real, len(every) - real))
    return {
        "about": [
            *([words["real_of"].format(*counts)] if every else []),
            *(words[f"test_{test}"] for test in TESTS if test in used),
            words["about_holm"],
            *([words["about_further"]] if further else []),
        ],
        "families": [
            *(_table(family, _columns(family), language) for family in families),
            *(_table(family, BRIEF, language) for family in further),
        ],
    }


def _columns(family: Family) -> tuple[str, ...]:
    by_seed = any(found.by_seed for found in family.comparisons)
    return (*COLUMNS, *["by_seed"] * by_seed, "verdict")


def _table(family: Family, keys: tuple[str, ...], language: Language) -> dict[str, Any]:
    return {
        "title": language.words[f"family_{family.kind}"].format(terms(language, family.terms)),
        "heads": [language.words[key] for key in keys],
        "rows": [_row(found, family.kind, keys, language) for found in family.comparisons],
    }


def _row(found: Comparison, kind: str, keys: tuple[str, ...], language: Language) -> list[str]:
    d = found.difference
    cells = {
        "comparison": language.words["versus"].format(*_sides(found, kind, language)),
        "difference": language.signed(found.points),
        "interval": f"{language.signed(d.low)} … {language.signed(d.high)}",
        "p": language.p_value(d.p),
        "p_holm": language.p_value(found.p_holm),
        "by_seed": ", ".join(language.p_value(p) for p in found.by_seed) or "–",
        "verdict": language.words["real" if found.real else "tie"],
    }
    return [cells[key] for key in keys]


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
            published, found.second, AXES[:2], language
        )
    sides = (terms(language, {kind: getattr(r, kind)}) for r in (found.first, found.second))
    own, other = sides
    return f"{first}: {own}", other


def _with(name: str, result: Result, axes: Sequence[str], language: Language) -> str:
    """Return ``name`` with what ``axes`` say of ``result``, if anything."""
    known = {axis: getattr(result, axis) for axis in axes}
    known = {axis: value for axis, value in known.items() if value != NOT_APPLICABLE}
    return ", ".join(filter(None, [name, terms(language, known)]))
