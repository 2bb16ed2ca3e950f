"""Which criterion a method's name stands for, and its options."""

from typing import Any

from pydantic import model_validator

from budama.config.base import Name, Strict, WatchedPath


class CriterionChoice(Strict):
    """A criterion of the library by name, or a user's own by file, with its options."""

    criterion: Name | None = None
    file: WatchedPath | None = None
    options: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one_source(self) -> "CriterionChoice":
        if (self.criterion is None) == (self.file is None):
            raise ValueError("give exactly one of criterion, file")
        return self
