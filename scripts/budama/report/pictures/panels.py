"""A scenario in panels: one for each of its terms, the controls beside each."""

from collections.abc import Iterator

import pandas as pd

from budama.analysis.columns import AXES, PART
from budama.config.schema import NOT_APPLICABLE
from budama.report.languages import Language
from budama.report.pictures.material import cells, is_cut
from budama.report.sentences import isolated, terms


def split(table: pd.DataFrame, language: Language) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the title and the cells of each panel of ``table``.

    What was not cut has a recipe alone: it stands in every panel of that. The dense model is left
    out. Titles name scope and budget, and what else there are several of; a part of the scenario
    that is one panel has its own title.
    """
    table = cells(table)
    cut = is_cut(table)
    parts = _parts(table[cut])
    titled = {"scope", "budget", *several_of(table)}
    for values in dict.fromkeys(map(tuple, table.loc[cut, [*AXES]].to_numpy())):
        where = dict(zip(AXES, values, strict=True))
        of_kind = (table[[*AXES]] == pd.Series(where)).all(axis=1)
        named = {axis: value for axis, value in where.items() if axis in titled}
        beside = ~cut & (table["recipe"] == where["recipe"])
        title = isolated(parts[values]) if values in parts else terms(language, named, " · ")
        yield title, table[of_kind | beside]
    if not cut.any():
        for recipe, rows in table.groupby("recipe", sort=False):
            yield str(recipe), rows


def _parts(cut: pd.DataFrame) -> dict[tuple[str, ...], str]:
    """Return the titles of the parts that have one cut and recipe each, by these terms."""
    if PART not in cut:
        return {}
    kinds = cut.loc[cut[PART] != NOT_APPLICABLE, [PART, *AXES]].drop_duplicates()
    alone = kinds[~kinds[PART].duplicated(keep=False)]
    return {tuple(terms): str(title) for title, *terms in alone.to_numpy()}


def several_of(table: pd.DataFrame) -> list[str]:
    """Return those of ``AXES`` on which the rows of ``table`` have several places."""
    return [axis for axis in AXES if table[axis].replace(NOT_APPLICABLE, None).nunique() > 1]
