"""A scenario in panels: one for each of its terms, the controls beside each."""

from collections.abc import Iterator

import pandas as pd

from budama.analysis.columns import AXES
from budama.config.schema import NOT_APPLICABLE
from budama.report.languages import Language
from budama.report.pictures.material import cells, is_cut
from budama.report.sentences import terms


def split(table: pd.DataFrame, language: Language) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the title and the cells of each panel of ``table``.

    What was not cut has a recipe alone: it stands in every panel of that. The dense model is left
    out. Titles name scope and budget, and what else there are several of.
    """
    table = cells(table)
    cut = is_cut(table)
    titled = {"scope", "budget", *several_of(table)}
    for values in dict.fromkeys(map(tuple, table.loc[cut, [*AXES]].to_numpy())):
        where = dict(zip(AXES, values, strict=True))
        of_kind = (table[[*AXES]] == pd.Series(where)).all(axis=1)
        named = {axis: value for axis, value in where.items() if axis in titled}
        beside = ~cut & (table["recipe"] == where["recipe"])
        yield terms(language, named, " · "), table[of_kind | beside]
    if not cut.any():
        for recipe, rows in table.groupby("recipe", sort=False):
            yield str(recipe), rows


def several_of(table: pd.DataFrame) -> list[str]:
    """Return those of ``AXES`` on which the rows of ``table`` have several places."""
    return [axis for axis in AXES if table[axis].replace(NOT_APPLICABLE, None).nunique() > 1]
