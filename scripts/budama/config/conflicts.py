"""Names that two files give to different things, or that differ in upper and lower case only."""

from collections.abc import Iterable, Iterator
from textwrap import shorten
from typing import Any

from pydantic import BaseModel

from budama.config.places import CONFIG_FILE, scenario_file
from budama.system.files.names import lookalikes

_LIBRARY = "budama itself"
_SHOWN = 3
_LONGEST = 60


class Shared:
    """Things of one kind (tasks, recipes, …) by name, and which file each comes from.

    ``library`` are those that are there anyway: config.yaml may change them for all, and no other.
    """

    def __init__(self, kind: str, of_all: dict[str, Any], library: dict[str, Any]) -> None:
        self.kind = kind
        self._library = library
        self.things = dict(of_all)
        self._origins = dict.fromkeys(of_all, CONFIG_FILE)

    def add(self, scenario: str, things: dict[str, Any]) -> Iterable[str]:
        """Add what the file of ``scenario`` defines; yield what is wrong with its names."""
        file = scenario_file(scenario)
        for name, thing in things.items():
            other = self.things.setdefault(name, self._library.get(name, thing))
            origin = self._origins.setdefault(name, _LIBRARY if name in self._library else file)
            if other != thing:
                yield (
                    f"{file}: {self.kind}.{name}: this name already stands for something else in "
                    f"{origin}: {_differences(thing, other)}. Results are kept by name, so that "
                    "those of one would replace the other's: choose a new name"
                )

    def alike(self) -> Iterable[str]:
        """Yield the names that differ in case only."""
        for names in lookalikes({*self.things, *self._library}):
            origins = {self._origins.get(name, CONFIG_FILE) for name in names}
            where = min(origins - {CONFIG_FILE, _LIBRARY}, default=CONFIG_FILE)
            yield f"{where}: {self.kind}: {in_case_only(names)}"


def in_case_only(names: Iterable[str]) -> str:
    """Return what is wrong with ``names`` that differ in case only."""
    listed = " and ".join(f"'{name}'" for name in names)
    return (
        f"{listed} differ in upper and lower case only, which many file systems do not tell "
        "apart: choose another name"
    )


def _differences(here: BaseModel, there: BaseModel) -> str:
    """Return in words what two blocks give different values."""
    found = list(_different(here.model_dump(mode="json"), there.model_dump(mode="json")))
    shown = [f"{key} is {_shown(one)} here, {_shown(other)} there" for key, one, other in found]
    more = len(shown) - _SHOWN
    return "; ".join(shown[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _different(here: Any, there: Any, at: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(here, dict) and isinstance(there, dict):
        for key in {**here, **there}:
            yield from _different(here.get(key), there.get(key), f"{at}.{key}" if at else key)
    elif here != there:
        yield at, here, there


def _shown(value: Any) -> str:
    return "not given" if value is None else shorten(str(value), _LONGEST)
