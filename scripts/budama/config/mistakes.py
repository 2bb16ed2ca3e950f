"""Validation errors in words: file, key, what is wrong, the nearest valid choice."""

import datetime
import re
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ValidationError

from budama.config.base import LIKE
from budama.config.fields import fields_at, tags_at
from budama.config.yaml_file import Location
from budama.system.errors import did_you_mean

_LONGEST = 80
COMMAND_LINE = "--config"
# Keys that recipes once had, and what to do instead
_GONE = {
    "recalibrate": "this key is gone, because training measures batch norms anew anyway: take it "
    "out. `repair: norms` or `repair: refit` in the scenario measures them right after the cut"
}


def explain(
    error: ValidationError,
    model: type[BaseModel],
    file: str,
    overrides: dict[str, Any],
    only: Callable[[Location], bool] = lambda _: True,
) -> list[str]:
    """Return one line per mistake in ``error``, which validating ``model`` raised.

    ``overrides`` are the keys that came from the command line rather than from ``file``; ``only``
    says of which places the mistakes are wanted.
    """
    lines = []
    for mistake in error.errors():
        if only(mistake["loc"]):
            key = ".".join(str(part) for part in _visible(mistake["loc"]))
            origin = origin_of(mistake["loc"], file, overrides)
            lines.append(f"{origin}: {key}: {_reason(dict(mistake), model)}")
    return lines


def origin_of(location: Location, file: str, overrides: dict[str, Any]) -> str:
    """Return where the value at ``location`` was given: in ``file`` or on the command line."""
    return COMMAND_LINE if holds(overrides, location) else file


def holds(values: Any, location: Location) -> bool:
    """Whether ``values`` give the value at ``location``."""
    for part in location:
        if isinstance(values, dict) and part in values:
            values = values[part]
        else:  # inside a value that was given as a whole, or not given at all
            return not isinstance(values, dict)
    return True


def _reason(mistake: dict[str, Any], model: type[BaseModel]) -> str:
    given = mistake.get("input")
    match mistake["type"]:
        case "extra_forbidden":
            return _unknown_key(mistake["loc"], model)
        case "missing" | "union_tag_not_found":
            return _required(mistake, model)
        case "literal_error" | "union_tag_invalid":
            expected = mistake["ctx"].get("expected", "") or mistake["ctx"]["expected_tags"]
            value = mistake["ctx"].get("tag", given)
            if isinstance(value, bool):  # also what YAML makes of no and off
                value = str(value).lower()
            choices = re.findall(r"'([^']+)'", expected)
            return f"unknown value '{value}': {did_you_mean(str(value), choices)}"
        case "value_error":
            if isinstance(given, bool):  # also what YAML makes of no and off
                given = str(given).lower()
            what = "" if given is None or isinstance(given, dict) else f"'{given}' is not valid: "
            return f"{what}{mistake['ctx']['error']}"
        case "string_pattern_mismatch":
            return f"'{given}' is not a valid name: use letters, digits, '.', '_' and '-' only"
    return _of_type(mistake, given)


def _required(mistake: dict[str, Any], model: type[BaseModel]) -> str:
    if mistake["type"] == "missing":
        return "this key is required"
    choices = tags_at(model, mistake["loc"])
    return f"the key {mistake['ctx']['discriminator']} is required: {did_you_mean('', choices)}"


def _of_type(mistake: dict[str, Any], given: Any) -> str:
    """Return what is wrong with the type or the size of a value."""
    whole = _whole(str(given)) if mistake["type"] == "int_parsing" else None
    if whole is not None:
        return f"write {whole} (it is '{given}', which YAML takes for a text)"
    if mistake["type"] == "string_type" and given is None:
        return "a text is wanted, and nothing stands here; put it in quotes if it is null or ~"
    if mistake["type"] == "string_type" and not isinstance(given, dict | list):
        return f"a text is wanted, and YAML reads {_shown(given)} here: put it in quotes"
    text: str = mistake["msg"]
    return f"{text[0].lower()}{text[1:]} (it is {_shown(given)})"


def _shown(given: Any) -> str:
    if given is None or isinstance(given, bool):
        return {None: "null", True: "true", False: "false"}[given]
    if isinstance(given, datetime.date):
        return f"the date {given}"
    text = repr(given)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _whole(text: str) -> int | None:
    """Return the number that people mean by such as 1e3 and 0o12, or ``None``."""
    if re.fullmatch(r"[0-9.]+[eE]\+?[0-9]{1,2}", text) and float(text).is_integer():
        return int(float(text))
    return int(text, 8) if re.fullmatch(r"0o[0-7]+", text) else None


def _unknown_key(location: Location, model: type[BaseModel]) -> str:
    *parents, last = location
    key, choices = str(last), fields_at(model, parents)
    if len(parents) == 2 and parents[0] == "recipes":  # noqa: PLR2004
        if key in _GONE:
            return _GONE[key]
        choices.append(LIKE)
    return f"unknown key: {did_you_mean(key, choices)}"


def _visible(location: Location) -> list[int | str]:
    """Drop the parts that pydantic adds for mapping keys and tagged unions."""
    return [
        part
        for index, part in enumerate(location)
        if part != "[key]" and not (index > 1 and location[0] == "datasets" and index == 2)  # noqa: PLR2004
    ]
