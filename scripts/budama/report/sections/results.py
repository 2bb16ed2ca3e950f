"""The results: all models in one table, what is missing there, each seed and each measurement."""

from typing import Any

from budama.analysis.columns import AXES, KEY
from budama.config.schema import DENSE
from budama.report.document import Block, Folded, Paragraph, Section
from budama.report.facts import Facts
from budama.report.languages import Language
from budama.report.sections.context import Context
from budama.report.sentences import method, terms
from budama.report.table import results_table, seeds_table
from budama.report.timings import timings_table


def results(context: Context, language: Language) -> Section:
    """Return the results of a scenario's models."""
    facts, words = context.facts, language.words
    blocks: list[Block] = [
        Paragraph(f"{words['provider']}: {facts.provider}"),
        results_table(facts, language),
    ]
    blocks += [
        Paragraph(words["missing"].format(line), warning=True) for line in _missing(facts, language)
    ]
    if facts.several_seeds:
        seeds = seeds_table(facts.seeds, language)
        blocks.append(Folded(words["each_seed"], [seeds]))
    timings = timings_table(context.timings, language) if context.timings else None
    if timings:
        blocks.append(Folded(words["timings"], [Paragraph(words["about_timings"]), timings]))
    return Section(words["results"], blocks)


def _missing(facts: Facts, language: Language) -> list[str]:
    """Return a line for each kind of thing that is missing.

    These are models that failed or have no result, and latencies that were not measured.
    """
    results = facts.results
    found = {
        (*(getattr(result, name) for name in KEY), seed)
        for result in results
        if result.known
        for seed in result.seeds
    }
    absent = [key for key in _keys(facts.models) if key not in found]
    unknown = [
        (*(getattr(result, name) for name in KEY), None) for result in results if not result.known
    ]
    unnamed = [key for key in unknown if not any(key[:-1] == other[:-1] for other in absent)]
    untimed = [
        (*(getattr(result, name) for name in KEY), None)
        for result in results
        if result.known and not result.timed and result.method != DENSE
    ]
    kinds = {
        "failed": _keys(facts.failed),
        "missing_results": [*absent, *unnamed],
        "missing_latency": untimed,
    }
    return [
        language.words[kind].format("; ".join(_name(key, language) for key in keys))
        for kind, keys in kinds.items()
        if keys
    ]


def _keys(models: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return what names each model in a result, and its seed."""
    return list(dict.fromkeys((*(str(m[name]) for name in KEY), int(m["seed"])) for m in models))


def _name(key: tuple[Any, ...], language: Language) -> str:
    name, *where, seed = key
    text = f"{method(language, name)} ({terms(language, dict(zip(AXES, where, strict=True)))})"
    return text if seed is None else f"{text}, {language.words['seed'].lower()} {seed}"
