"""What a configuration may name and only the rest of the library can know."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from budama.config.criterion import CriterionChoice


@dataclass(frozen=True)
class Vocabulary:
    """Names that a configuration is checked against.

    ``criteria`` are the names of the library's criteria, ``packages`` those of the weights that
    installed packages carry. ``check_criterion`` and ``check_model`` raise ``BudamaError`` for a
    criterion that cannot be had as it is chosen, and for the name of no model.
    """

    criteria: Collection[str]
    packages: Collection[str]
    check_criterion: Callable[[CriterionChoice], object]
    check_model: Callable[[str], None]
