"""Recipes that are like another one: ``NAME: {like: OTHER, epochs: 5}``.

Works on the files as they were read, so that the schema sees whole recipes and no ``like``.
"""

from collections import ChainMap
from collections.abc import Mapping
from typing import Any, NamedTuple

from budama.config.base import LIKE
from budama.config.mistakes import Location, holds
from budama.errors import did_you_mean


class LikeMistake(NamedTuple):
    """What is wrong with ``recipes.RECIPE.like`` in ``file``."""

    file: str
    recipe: str
    reason: str


def merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``low`` with ``high`` on top, mapping by mapping."""
    merged = dict(low)
    for key, value in high.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = merge(below, value) if both else value  # type: ignore[arg-type]
    return merged


def inherit_recipes(
    files: Mapping[str, dict[str, Any]],
) -> tuple[dict[str, dict[str, Any]], list[LikeMistake]]:
    """Return the files with every recipe written out, and what of it is a mistake.

    A name means the recipe of the same file, or else that of the first file that has it. A recipe
    whose ``like`` leads nowhere comes back with its own keys only.
    """
    mistakes: list[LikeMistake] = []
    written = {}
    for file, raw in files.items():
        known = ChainMap(*map(_recipes_of, (raw, *files.values())))
        recipes = {}
        for name, given in _recipes_of(raw).items():
            try:
                recipes[name] = _written_out(name, known)
            except _LeadsNowhereError as error:
                if error.recipe == name:  # others are told of where they stand
                    mistakes.append(LikeMistake(file, name, str(error)))
                recipes[name] = _without_like(given)
        written[file] = raw | {"recipes": recipes} if recipes else raw
    return written, mistakes


def taken_over(given: dict[str, Any], location: Location) -> bool:
    """Whether the value at ``location`` is of a recipe that has it from the one that it is like.

    ``given`` is the file as it was read.
    """
    block, *names = location
    if block != "recipes" or not names or not holds(given, (block, names[0], LIKE)):
        return False
    return not holds(given, location)


class _LeadsNowhereError(Exception):
    """Why a recipe cannot be written out, and whose ``like`` is to blame."""

    def __init__(self, recipe: str, reason: str) -> None:
        super().__init__(reason)
        self.recipe = recipe


def _recipes_of(raw: dict[str, Any]) -> dict[str, Any]:
    recipes = raw.get("recipes")
    return recipes if isinstance(recipes, dict) else {}


def _written_out(name: str, known: Mapping[str, Any], path: tuple[str, ...] = ()) -> Any:
    given = known[name]
    if not isinstance(given, dict) or LIKE not in given:
        return given
    path = (*path, name)
    other = given[LIKE]
    if not isinstance(other, str):
        raise _LeadsNowhereError(name, f"give the name of one recipe (it is {other!r})")
    if other in path:
        circle = path[path.index(other) :]
        raise _LeadsNowhereError(
            min(circle), f"these recipes are like each other: {' -> '.join((*circle, other))}"
        )
    if other not in known:
        raise _LeadsNowhereError(name, f"unknown recipe '{other}': {did_you_mean(other, known)}")
    below = _written_out(other, known, path)
    return merge(below if isinstance(below, dict) else {}, _without_like(given))


def _without_like(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    return {key: value for key, value in given.items() if key != LIKE}
