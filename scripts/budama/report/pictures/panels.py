"""A scenario in panels: one for each scope, budget and recipe, the controls beside each."""

from collections.abc import Iterator

import pandas as pd

from budama.analysis.columns import AXES
from budama.report.languages import Language
from budama.report.pictures.material import cells, is_cut


def split(table: pd.DataFrame, language: Language) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the title and the cells of each panel of ``table``.

    What was not cut has no scope and no budget: it stands in every panel of its recipe. The dense
    model is left out.
    """
    table = cells(table)
    several = table["recipe"].nunique() > 1
    cut = is_cut(table)
    kinds = table.loc[cut, [*AXES]].drop_duplicates()
    for scope, budget, recipe in kinds.itertuples(index=False):
        of_kind = (table["scope"] == scope) & (table["budget"] == budget)
        words = [language.words[scope], language.budget(budget), *([recipe] if several else [])]
        yield " · ".join(words), table[(of_kind | ~cut) & (table["recipe"] == recipe)]
    if kinds.empty:
        for recipe, rows in table.groupby("recipe", sort=False):
            yield str(recipe), rows
