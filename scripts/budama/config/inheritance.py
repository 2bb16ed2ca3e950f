"""Blocks that take over values from another one, so that only what differs has to be given.

Recipes that are like another one, ``NAME: {like: OTHER, epochs: 5}``, and a task's ``latency``.
Works on the files as they were read, so that the schema sees whole blocks and no ``like``.
"""

from collections import ChainMap
from collections.abc import Mapping
from typing import Any, NamedTuple

from budama.config.base import LIKE
from budama.config.mistakes import holds
from budama.config.yaml_file import Location
from budama.system.errors import did_you_mean


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


def liked(raw: dict[str, Any]) -> set[str]:
    """Return the names that recipes of the file ``raw`` are like."""
    recipes = _recipes_of(raw).values()
    return {str(recipe[LIKE]) for recipe in recipes if isinstance(recipe, dict) and LIKE in recipe}


def inherit_latency(raw: dict[str, Any], shared: Any, last: Any = None) -> dict[str, Any]:
    """Return the file ``raw`` with every task's ``latency`` written out over the ``shared`` one.

    ``last`` is what the command line gives, which has the last word.
    """
    tasks = raw.get("tasks")
    if not isinstance(tasks, dict):
        return raw
    below, above = (block if isinstance(block, dict) else {} for block in (shared, last))
    whole = {
        name: task | {"latency": merge(merge(below, task["latency"]), above)}
        if isinstance(task, dict) and isinstance(task.get("latency"), dict)
        else task
        for name, task in tasks.items()
    }
    return raw | {"tasks": whole}


def taken_over(given: dict[str, Any], location: Location) -> bool:
    """Whether the value at ``location`` comes from elsewhere, where its mistakes are told, too.

    That is, whether it is of a recipe that has it from the one that it is like, or of a task's
    ``latency`` that has it from the shared one. ``given`` is the file as it was read.
    """
    match location:
        case ("recipes", name, *_):
            inherits = holds(given, ("recipes", name, LIKE))
        case ("tasks", _, "latency", _, *_):
            inherits = True
        case _:
            inherits = False
    return inherits and not holds(given, location)


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
