"""The sections of a scenario's report, in their order."""

from collections.abc import Callable

from budama.report.document import Section
from budama.report.languages import Language
from budama.report.sections.answer import answer
from budama.report.sections.configuration import configuration
from budama.report.sections.context import Context
from budama.report.sections.cut import cut
from budama.report.sections.notes import notes
from budama.report.sections.observations import observations
from budama.report.sections.origin import origin
from budama.report.sections.pictures import pictures
from budama.report.sections.results import results
from budama.report.sections.statistics import statistics

# Each returns its section in a language, ``None`` where there is nothing to show
SECTIONS: tuple[Callable[[Context, Language], Section | None], ...] = (
    answer,
    configuration,
    results,
    pictures,
    cut,
    observations,
    statistics,
    origin,
    notes,
)
