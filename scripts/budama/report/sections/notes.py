"""How to read the tables: the notes that apply to what they hold."""

from collections.abc import Sequence
from math import isnan

from budama.analysis.results import RANDOM, Result
from budama.config.budget import Budget
from budama.config.cut import NONE
from budama.config.schema import DENSE_FINETUNED, NOT_APPLICABLE
from budama.report.document import Item, Items, Section
from budama.report.facts import Facts
from budama.report.languages import Language
from budama.report.sections.context import Context


def notes(context: Context, language: Language) -> Section:
    """Return the notes on a scenario's tables."""
    return notes_on([context.facts], language)


def notes_on(facts: Sequence[Facts], language: Language) -> Section:
    """Return the notes on the tables of all ``facts``."""
    words = language.words
    return Section(words["notes"], [Items([Item(words[key]) for key in _applying(facts)])])


def _applying(facts: Sequence[Facts]) -> list[str]:
    results = [result for each in facts for result in each.results]
    timed = [result for result in results if result.timed]
    kinds = {
        "note_marks": True,
        "note_accuracy": True,
        "note_random": any(r.method == RANDOM for r in results),
        "note_control": any(r.method == DENSE_FINETUNED for r in results),
        "note_normaliser": any(r.normaliser != NOT_APPLICABLE for r in results),
        "note_after_cut": True,
        "note_repair": any(r.repair not in (NONE, NOT_APPLICABLE) for r in results),
        "note_latency": bool(timed),
        "note_timed_cut": any(_is_cut_to_time(result) for result in timed),
        # too few processes for an interval are too few to find two copies unequal
        "note_selftest": bool(timed) and not any(isnan(r.ratio_low) for r in timed),
        "note_macs": True,
        "note_seeds": any(each.several_seeds for each in facts),
        "note_noisy": any(result.noisy for result in results),
        "note_published": any(
            each.published.row(result) is not None for each in facts for result in each.results
        ),
    }
    return [note for note, wanted in kinds.items() if wanted]


def _is_cut_to_time(result: Result) -> bool:
    return result.budget != NOT_APPLICABLE and Budget.from_id(result.budget).kind == "latency"
