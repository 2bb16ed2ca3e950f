"""Finds criteria by file name, so that a new file is all that a new criterion needs.

Imports no torch: the workflow asks for names and files while it plans.
"""

import importlib
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budama.config.criterion import CriterionChoice
from budama.system.errors import BudamaError, did_you_mean
from budama.system.files.python_file import import_file

if TYPE_CHECKING:
    from budama.criteria.base import Criterion

_FOLDER = Path(__file__).parent
_NOT_CRITERIA = {"__init__", "base", "registry", "scoring"}


def criterion_names() -> list[str]:
    """Return the names of the library's criteria, sorted."""
    return sorted({path.stem for path in _FOLDER.glob("*.py")} - _NOT_CRITERIA)


def criterion_file(choice: CriterionChoice) -> Path:
    """Return the file that defines a criterion; raises ``BudamaError`` if there is none."""
    if choice.file is not None:
        if not Path(choice.file).is_file():
            raise BudamaError(f"criterion not found: {choice.file} is not a file")
        return Path(choice.file).resolve()
    if choice.criterion not in criterion_names():
        hint = did_you_mean(str(choice.criterion), criterion_names())
        raise BudamaError(f"unknown method '{choice.criterion}': {hint}")
    return _FOLDER / f"{choice.criterion}.py"


def load_criterion(choice: CriterionChoice | str, **options: Any) -> "Criterion":
    """Return the criterion that its file defines, with its options.

    ``choice`` may be the name of one of the library's. Raises ``BudamaError`` if there is no such
    file, if it does not define exactly one ``Criterion``, or if an option is wrong.
    """
    from pydantic import ValidationError

    from budama.config.mistakes import explain
    from budama.criteria.base import Criterion

    if isinstance(choice, str):
        choice = CriterionChoice(criterion=choice, options=options)
    path = criterion_file(choice)
    module = _module(path, choice)
    found = [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Criterion) and kind.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise BudamaError(f"{path}: must define exactly one Criterion, found {len(found)}")
    if hasattr(found[0], "comparable"):
        raise BudamaError(
            f"{path}: 'comparable' is gone: write normalisers = (\"raw\",) for scores that can be "
            "compared between layers as they are, and nothing for others"
        )
    try:
        return found[0](found[0].Options.model_validate(choice.options))
    except ValidationError as error:
        mistakes = explain(error, found[0].Options, f"options of {choice.criterion or path}", {})
        raise BudamaError("; ".join(mistakes)) from error


def _module(path: Path, choice: CriterionChoice) -> Any:
    if choice.criterion is not None:
        return importlib.import_module(f"budama.criteria.{choice.criterion}")
    return import_file(path)
