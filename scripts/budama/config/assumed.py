"""Settings that a scenario only assumes, each named by a path such as ``recipe.epochs``."""

from pydantic import BaseModel

from budama.config.base import Name
from budama.config.fields import models_in
from budama.config.recipe import Recipe
from budama.config.schema import CellChoices, Task
from budama.system.errors import BudamaError, did_you_mean


class _Settings(CellChoices):
    task: Name


# A path goes on from a name to the block that it names.
_NAMED: dict[str, type[BaseModel]] = {"task": Task, "recipe": Recipe}


def check_setting(path: str) -> None:
    """Raise ``BudamaError`` with the nearest choice unless ``path`` leads to a setting."""
    kinds: list[type[BaseModel]] = [_Settings]
    for part in path.split("."):
        fields = {name: field for kind in kinds for name, field in kind.model_fields.items()}
        if part not in fields:
            raise BudamaError(f"unknown setting '{part}': {did_you_mean(part, fields)}")
        kinds = [_NAMED[part]] if part in _NAMED else models_in(fields[part].annotation)
