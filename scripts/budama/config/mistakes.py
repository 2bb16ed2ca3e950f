"""Validation errors in words: file, key, what is wrong, the nearest valid choice."""

import re
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from budama.errors import did_you_mean

COMMAND_LINE = "--config"


def explain(
    error: ValidationError, model: type[BaseModel], file: str, overrides: dict[str, Any]
) -> list[str]:
    """Return one line per mistake in ``error``, which validating ``model`` raised.

    ``overrides`` are the keys that came from the command line rather than from ``file``.
    """
    lines = []
    for mistake in error.errors():
        key = ".".join(str(part) for part in _visible(mistake["loc"]))
        origin = COMMAND_LINE if _holds(overrides, mistake["loc"]) else file
        lines.append(f"{origin}: {key}: {_reason(dict(mistake), model)}")
    return lines


def _holds(overrides: Any, location: tuple[int | str, ...]) -> bool:
    """Whether the value at ``location`` came with ``overrides``."""
    for part in location:
        if isinstance(overrides, dict) and part in overrides:
            overrides = overrides[part]
        else:  # inside a value that was given as a whole, or not given at all
            return not isinstance(overrides, dict)
    return True


def _reason(mistake: dict[str, Any], model: type[BaseModel]) -> str:
    given = mistake.get("input")
    match mistake["type"]:
        case "extra_forbidden":
            *parents, key = mistake["loc"]
            return f"unknown key: {did_you_mean(str(key), _fields_at(model, parents))}"
        case "missing":
            return "this key is required"
        case "literal_error" | "union_tag_invalid":
            expected = mistake["ctx"].get("expected", "") or mistake["ctx"]["expected_tags"]
            value = mistake["ctx"].get("tag", given)
            choices = re.findall(r"'([^']+)'", expected)
            return f"unknown value '{value}': {did_you_mean(str(value), choices)}"
        case "value_error":
            what = "" if isinstance(given, dict) else f"'{given}' is not valid: "
            return f"{what}{mistake['ctx']['error']}"
        case "string_pattern_mismatch":
            return f"'{given}' is not a valid name: use letters, digits, '.', '_' and '-' only"
    text: str = mistake["msg"]
    return f"{text[0].lower()}{text[1:]} (it is {given!r})"


def _visible(location: tuple[int | str, ...]) -> list[int | str]:
    """Drop the parts that pydantic adds for mapping keys and tagged unions."""
    return [
        part
        for index, part in enumerate(location)
        if part != "[key]" and not (index > 1 and location[0] == "datasets" and index == 2)  # noqa: PLR2004
    ]


def _fields_at(model: type[BaseModel], location: list[int | str]) -> list[str]:
    """Return the keys that the mapping at ``location`` may have."""
    found: list[Any] = [model]
    for part in location:
        found = [inner for kind in found for inner in _step(kind, part)]
    return sorted({name for kind in found for name in kind.model_fields})


def _step(kind: type[BaseModel], part: int | str) -> list[type[BaseModel]]:
    if isinstance(part, str) and part in kind.model_fields:
        return _models_in(kind.model_fields[part].annotation)
    return [kind]  # a mapping's key, a list's index or a union's tag


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that stand anywhere inside a type annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (dict, list, tuple, Union, UnionType) or get_args(annotation):
        return [inner for argument in get_args(annotation) for inner in _models_in(argument)]
    return []
