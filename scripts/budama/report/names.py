"""How what tells rows apart is written: a method's name, and what it was cut and trained by."""

from collections.abc import Callable
from typing import Any

from budama.config.schema import DENSE, NOT_APPLICABLE
from budama.report.languages import Language
from budama.report.sentences import method, recipe

# Stands where there is nothing to say
DASH = "–"
# By column, from a row whose attributes are called like columns, such as a result
NAMES: dict[str, Callable[[Language, Any], str]] = {
    "method": lambda language, row: method(language, row.method),
    "scope": lambda language, row: language.words.get(row.scope, language.words["none"]),
    "budget": lambda language, row: (
        DASH if row.budget == NOT_APPLICABLE else language.budget(row.budget)
    ),
    "normaliser": lambda language, row: language.of("normaliser", row.normaliser),
    "repair": lambda language, row: language.of("repair", row.repair),
    "recipe": lambda language, row: DASH if row.method == DENSE else recipe(language, row.recipe),
}
