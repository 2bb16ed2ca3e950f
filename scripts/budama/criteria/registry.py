"""Finds criteria by file name, so that a new file is all that a new criterion needs.

Imports no torch: the workflow asks for names and files while it plans.
"""

import importlib
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from budama.errors import BudamaError, did_you_mean

if TYPE_CHECKING:
    from budama.criteria.base import Criterion

_FOLDER = Path(__file__).parent
_NOT_CRITERIA = {"__init__", "base", "registry"}


def criterion_names() -> list[str]:
    """Return the names of all criteria, sorted."""
    return sorted({path.stem for path in _FOLDER.glob("*.py")} - _NOT_CRITERIA)


def criterion_file(name: str) -> Path:
    """Return the file that defines criterion ``name``; raises ``BudamaError`` if there is none."""
    if name not in criterion_names():
        raise BudamaError(f"unknown method '{name}': {did_you_mean(name, criterion_names())}")
    return _FOLDER / f"{name}.py"


def load_criterion(name: str) -> "Criterion":
    """Return the criterion that ``criteria/NAME.py`` defines.

    Raises ``BudamaError`` if there is no such file, or not exactly one ``Criterion`` in it.
    """
    from budama.criteria.base import Criterion

    path = criterion_file(name)
    module = importlib.import_module(f"budama.criteria.{name}")
    found = [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Criterion) and kind.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise BudamaError(f"{path}: must define exactly one Criterion, found {len(found)}")
    return found[0]()
