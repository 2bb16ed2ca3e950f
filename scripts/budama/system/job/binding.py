"""A stage's arguments, bound to the signature of its function.

A parameter that is a path, several paths or perhaps a path becomes an option of the command line,
``--name``. A type with options of its own (see ``Optioned``) adds those. What is left are the keys
of the settings, which pydantic converts to the types that the signature names.
"""

import functools
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol, get_type_hints, runtime_checkable

from pydantic import ValidationError, validate_call

from budama.system.errors import BudamaError, did_you_mean

Stage = Callable[..., None]


@runtime_checkable
class Optioned(Protocol):
    """A type of parameter that is made from options of its own: where and how a job runs."""

    @classmethod
    def options(cls, parser: ArgumentParser) -> None:
        """Add the options to ``parser``."""

    @classmethod
    def of(cls, arguments: Namespace) -> Any:
        """Return the argument that the options give."""


class Parser(ArgumentParser):
    """A parser that raises ``BudamaError`` where argparse would print and exit by itself."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(allow_abbrev=False, **keywords)

    def error(self, message: str) -> NoReturn:
        """Raise ``BudamaError`` with ``message``."""
        raise BudamaError(f"{message}; {self.prog} --help names all options")


def every_stage(parser: ArgumentParser, *, required: bool = True) -> None:
    """Add the options that every stage has: its settings, ``required``, and its log."""
    parser.add_argument("--settings", required=required, help="JSON, or - for standard input")
    parser.add_argument("--log", type=Path, help="write the log here, not to standard error")


def keys_of_settings(stage: Stage) -> list[str]:
    """Return the parameters of ``stage`` that are no options of the command line."""
    parser = Parser()
    return [name for name, kind in _hints(stage).items() if not _add_options(parser, name, kind)]


def bind(
    stage: Stage, settings: Any, description: str | None = None, words: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return the arguments to call ``stage`` with, by their names.

    ``settings`` are its keys with values as JSON gives them, ``words`` the command line (that of
    this process if none are given), ``description`` what ``--help`` says. Raises ``BudamaError``,
    which names the stage and each key, if a key is missing, unknown or has a value that does not
    fit.
    """
    hints = _hints(stage)
    parser = Parser(description=description)
    every_stage(parser)
    keys = [name for name, kind in hints.items() if not _add_options(parser, name, kind)]
    given = parser.parse_args(words)
    if not isinstance(settings, dict):
        raise BudamaError(f"{stage.__name__}: the settings must be an object, {{...}}, in JSON")
    others = {name: _value(name, kind, given) for name, kind in hints.items() if name not in keys}
    mistakes = [
        f"the key '{key}' is unknown: {did_you_mean(key, keys)}"
        for key in settings
        if key not in keys
    ]
    known = {key: value for key, value in settings.items() if key in keys}
    try:
        arguments = validate_call(_arguments_of(stage))(**others, **known)
    except ValidationError as error:
        mistakes += _in_words(error)
    if mistakes:
        raise BudamaError(f"{stage.__name__}: the settings do not fit: {'; '.join(mistakes)}")
    return arguments


def _hints(stage: Stage) -> dict[str, Any]:
    return {name: kind for name, kind in get_type_hints(stage).items() if name != "return"}


def _add_options(parser: ArgumentParser, name: str, kind: Any) -> bool:
    """Add what a parameter takes from the command line; return whether it takes anything."""
    option = f"--{name.replace('_', '-')}"
    if isinstance(kind, Optioned):
        kind.options(parser)
    elif kind == Path:
        parser.add_argument(option, type=Path, required=True)
    elif kind == list[Path]:
        parser.add_argument(option, type=Path, nargs="*", required=True)
    elif kind == Path | None:
        # a rule names none, or all files of a model, the one that stands for it first
        parser.add_argument(option, type=Path, nargs="*", default=[])
    else:
        return False
    return True


def _value(name: str, kind: Any, given: Namespace) -> Any:
    if isinstance(kind, Optioned):
        return kind.of(given)
    value = getattr(given, name)
    return next(iter(value), None) if kind == Path | None else value


def _arguments_of(stage: Stage) -> Callable[..., dict[str, Any]]:
    """Return a function with the signature of ``stage`` that returns what it is called with.

    A ``ValidationError`` from inside a stage is then never taken for one of its settings.
    """

    @functools.wraps(stage)
    def arguments(**given: Any) -> dict[str, Any]:
        return given

    return arguments


def _in_words(error: ValidationError) -> Iterator[str]:
    for mistake in error.errors():
        key = ".".join(map(str, mistake["loc"]))
        if mistake["type"].startswith("missing"):
            yield f"the key '{key}' is missing"
            continue
        text, value = mistake["msg"], mistake["input"]
        told = "" if isinstance(value, dict | list) else f" (it is {value!r})"
        yield f"{key}: {text[0].lower()}{text[1:]}{told}"
