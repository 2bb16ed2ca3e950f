"""The one exception that a user is meant to read."""

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 30


class BudamaError(Exception):
    """Something the user can mend: the message names what is wrong, where, and what to do."""


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return a hint that names the choice nearest to ``name`` and the choices, if not too many.

    >>> did_you_mean("tailor", ["taylor", "wanda"])
    "did you mean 'taylor'? Choices: taylor, wanda"
    """
    known = sorted(choices)
    listing = f"Choices: {', '.join(known[:_SHOWN])}" if known else "There are none"
    if len(known) > _SHOWN:
        listing += f" and {len(known) - _SHOWN:,} more"
    nearest = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean '{nearest[0]}'? {listing}" if nearest else listing
