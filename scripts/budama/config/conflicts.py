"""Names that two files give to different things, or that differ in upper and lower case only."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from budama.config.places import CONFIG_FILE, scenario_file
from budama.system.files.names import lookalikes

_SHOWN = 3


class Shared:
    """Things of one kind (tasks, recipes, …) by name, and which file each comes from."""

    def __init__(self, kind: str, of_all: dict[str, Any]) -> None:
        self.kind = kind
        self.things = dict(of_all)
        self._origins = dict.fromkeys(of_all, CONFIG_FILE)

    def add(self, scenario: str, things: dict[str, Any]) -> Iterable[str]:
        """Add what the file of ``scenario`` defines; yield what is wrong with its names."""
        file = scenario_file(scenario)
        for name, thing in things.items():
            other = self.things.setdefault(name, thing)
            origin = self._origins.setdefault(name, file)
            if other != thing:
                yield (
                    f"{file}: {self.kind}.{name}: this name already stands for something else in "
                    f"{origin}: {_differences(thing, other)}. Results are kept by name, so that "
                    "those of one would replace the other's: choose a new name"
                )

    def alike(self, library: Iterable[str] = ()) -> Iterable[str]:
        """Yield the names that differ in case only; ``library`` are those that are there anyway."""
        for names in lookalikes({*self.things, *library}):
            own = [name for name in names if name in self._origins]
            where = self._origins[own[-1]] if own else CONFIG_FILE
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
    mine, theirs = (_flat(block.model_dump(mode="json")) for block in (here, there))
    keys = [key for key in {**mine, **theirs} if mine.get(key) != theirs.get(key)]
    shown = [f"{key} is {mine.get(key)} here, {theirs.get(key)} there" for key in keys[:_SHOWN]]
    more = len(keys) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def _flat(block: dict[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in block.items():
        inner = _flat(value, f"{above}{key}.") if isinstance(value, dict) and value else None
        found |= {f"{above}{key}": value} if inner is None else inner
    return found
