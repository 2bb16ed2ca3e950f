"""The sections of the page across scenarios, in their order."""

from collections.abc import Callable

from budama.report.across.architectures import architectures
from budama.report.across.by_task import observations, results, statistics
from budama.report.across.context import AcrossContext
from budama.report.across.scenarios import scenarios
from budama.report.document import Section
from budama.report.languages import Language
from budama.report.sections.notes import notes_on
from budama.report.sections.pictures import pictures_in


def pictures(context: AcrossContext, language: Language) -> Section:
    """Return the pictures of the page."""
    return pictures_in(context.pictures, language)


def notes(context: AcrossContext, language: Language) -> Section:
    """Return the notes on the tables of all tasks."""
    return notes_on(context.facts, language)


# Each returns its section in a language, ``None`` where there is nothing to show
SECTIONS: tuple[Callable[[AcrossContext, Language], Section | None], ...] = (
    scenarios,
    architectures,
    pictures,
    results,
    observations,
    statistics,
    notes,
)
