"""What all blocks of the configuration share.

Each block has its own file, so that a stage's code depends on its own settings alone.
"""

import math
import os
import re
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

# Names become folders and words of a shell command: nothing that either could misread.
NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]*"
LONGEST_NAME = 64
Name = Annotated[str, StringConstraints(pattern=f"^{NAME_PATTERN}$", max_length=LONGEST_NAME)]


def _plain(path: str) -> str:
    if not path:
        raise ValueError(
            "a path is wanted here, and this is empty; . is the folder of the workflow"
        )
    path = os.path.expanduser(path)  # noqa: PTH111
    if re.search(r"[{}\x00-\x1f\x7f]", path):
        raise ValueError(
            "Snakemake would take braces for wildcards, and line breaks for the end of a path; "
            "rename the folder, or set a link to it"
        )
    return path


def from_home(name: str) -> str:
    """Return ``file:~/PATH`` with the home folder written out, and any other name as it is."""
    provider, colon, path = name.partition(":")
    return f"{provider}{colon}{os.path.expanduser(path)}" if provider == "file" else name  # noqa: PTH111


# A path that Snakemake watches. It may begin with ~ and hold spaces, quotes and whatever else a
# shell would read.
WatchedPath = Annotated[str, AfterValidator(_plain)]
LIKE = "like"  # the key of a recipe that takes over another one's values
Fraction = Annotated[float, Field(gt=0, lt=1)]
# What numpy's generators of random numbers take; torch's take more
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
# Beyond it, JSON and tables would not keep every whole number
LARGEST_NUMBER = 2**53


class Strict(BaseModel):
    """A mapping in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _truth_is_no_number(cls, given: Any) -> Any:
        """Hand true and false on as words where a number is wanted: as 1 and 0, they would pass."""
        if not isinstance(given, dict):
            return given
        return {
            key: _in_words(value) if key in cls.model_fields and _takes_numbers(cls, key) else value
            for key, value in given.items()
        }

    @field_validator("*", mode="after")
    @classmethod
    def _number_that_can_be_kept(cls, value: Any) -> Any:
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, float) and not math.isfinite(one):
                raise ValueError("write a number, neither infinite nor undefined")
            if isinstance(one, int | float) and abs(one) > LARGEST_NUMBER:
                raise ValueError(f"write a number of {LARGEST_NUMBER} at most")
        return value


def _in_words(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_in_words(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else value


@cache
def _takes_numbers(model: type[BaseModel], field: str) -> bool:
    """Whether a field holds numbers, and no text or truth values instead."""
    kinds = set(_kinds(model.model_fields[field].annotation))
    choices = any(isinstance(kind, str) for kind in kinds)  # of a Literal
    return bool(kinds & {int, float}) and not choices and not kinds & {bool, str, Any}


def _kinds(annotation: Any) -> list[Any]:
    """Return all that a type annotation is made of."""
    inner = [kind for argument in get_args(annotation) for kind in _kinds(argument)]
    return [annotation, *inner]
