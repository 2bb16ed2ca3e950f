"""The parts of a scenario in its tables: what is of which, and what the cuts of one have in common.

Rows are anything whose attributes are called like the columns of ``summary.csv``, such as results.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from budama.analysis.columns import AXES
from budama.config.schema import NOT_APPLICABLE

Row = TypeVar("Row")


def by_part(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Return the rows of each part behind its title; first those of none, behind nothing.

    A scenario without parts is one list, behind nothing.
    """
    found: dict[str, list[Row]] = {"": []}
    for row in rows:
        title = getattr(row, "part", NOT_APPLICABLE)
        found.setdefault("" if title == NOT_APPLICABLE else title, []).append(row)
    return [(title, own) for title, own in found.items() if own]


def in_common(part: Sequence[Row], every: Iterable[Row]) -> dict[str, str]:
    """Return what all cuts of a part have in common and not all of ``every``, by its axis."""
    several = varying(every)
    return {
        axis: value
        for axis in several
        for value in _places(axis, part)
        if axis not in varying(part)
    }


def varying(rows: Iterable[Any]) -> list[str]:
    """Return the axes on which ``rows`` have several places."""
    rows = list(rows)
    return [axis for axis in AXES if len(_places(axis, rows)) > 1]


def columns_of(rows: Iterable[Any]) -> list[str]:
    """Return the axes that tell the rows of one part apart, or those that were not cut."""
    found = {axis for _, own in by_part(rows) for axis in varying(own)}
    return [axis for axis in AXES if axis in found]


def _places(axis: str, rows: Iterable[Any]) -> list[str]:
    places = dict.fromkeys(str(getattr(row, axis)) for row in rows)
    return [place for place in places if place != NOT_APPLICABLE]
