"""The report's section on statistics: every comparison, its p-value, and what was tested how."""

from typing import Any

from budama.report.comparisons import Comparison, Family
from budama.report.languages import Language
from budama.report.sentences import method, terms

TESTS = ("mcnemar", "crossed", "proportions")


def statistics(families: list[Family], language: Language) -> dict[str, Any]:
    """Return the section's parts in ``language``: what was done, counts, a table per family."""
    words = language.words
    every = [found for family in families for found in family.comparisons]
    used = {found.difference.test for found in every}
    real = sum(found.real for found in every)
    counts = (language.count(n) for n in (len(every), real, len(every) - real))
    return {
        "about": [
            words["real_of"].format(*counts),
            *(words[f"test_{test}"] for test in TESTS if test in used),
            words["about_holm"],
        ],
        "families": [_table(family, language) for family in families],
    }


def _table(family: Family, language: Language) -> dict[str, Any]:
    keys = ["comparison", "difference", "interval", "p", "p_holm"]
    by_seed = any(found.by_seed for found in family.comparisons)
    keys += ["by_seed"] * by_seed + ["verdict"]
    return {
        "title": language.words[f"family_{family.kind}"].format(terms(language, family.terms)),
        "heads": [language.words[key] for key in keys],
        "rows": [_row(found, family.kind, by_seed, language) for found in family.comparisons],
    }


def _row(found: Comparison, kind: str, by_seed: bool, language: Language) -> list[str]:
    d = found.difference
    seeds = [", ".join(language.p_value(p) for p in found.by_seed) or "–"] if by_seed else []
    return [
        language.words["versus"].format(*_sides(found, kind, language)),
        language.signed(found.points),
        f"{language.signed(d.low)} … {language.signed(d.high)}",
        language.p_value(d.p),
        language.p_value(found.p_holm),
        *seeds,
        language.words["real" if found.real else "tie"],
    ]


def _sides(found: Comparison, kind: str, language: Language) -> tuple[str, str]:
    first, second = (method(language, result.method) for result in (found.first, found.second))
    if kind in ("methods", "training"):
        return first, second
    sides = (terms(language, {kind: getattr(r, kind)}) for r in (found.first, found.second))
    own, other = sides
    return f"{first}: {own}", other
