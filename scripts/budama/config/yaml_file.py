"""A YAML file as it was written: each key once, and what YAML takes for something else than text.

YAML 1.1 reads ``2024_11`` as a number, ``on`` as a truth value and ``2024-11-26`` as a date. Values
are those of ``yaml.safe_load``; keys are text as written; ``YamlFile.written`` knows how a value
was written, so that a name is not lost.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from yaml.reader import ReaderError

from budama.system.errors import BudamaError

Location = tuple[int | str, ...]
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_SIGNS = "*&!%@`"  # with which no text begins that has no quotes
_OCTAL = re.compile(r"[-+]?0[0-7_]+")


class Misread(NamedTuple):
    """A value that is hardly what was meant: where it stands, how it is written, what it became."""

    at: Location
    written: str
    value: Any

    def __str__(self) -> str:
        if isinstance(self.value, datetime.date):
            return f"YAML reads {self.written} as a date: put it in quotes"
        return (
            f"YAML reads {self.written} as the number {self.value}: write that, or put it in "
            "quotes if it is a name"
        )


class YamlFile:
    """What a file says: ``value``, as ``yaml.safe_load`` has it, and how it is ``written``."""

    def __init__(self, value: Any = None, root: yaml.Node | None = None) -> None:
        self.value = value
        self._root = root
        self.settled: set[Location] = set()  # values that are replaced by what is written

    def written(self, at: Location) -> str | None:
        """Return the text of the value at ``at`` where YAML made something else of a text.

        Parts of ``at`` that lead nowhere are passed over: a schema has more of them than a file.
        """
        node = self._root
        for part in at:
            node = _inside(node, part)
        if isinstance(node, yaml.ScalarNode) and not _is_text_or_nothing(node):
            return str(node.value)
        return None

    def misread(self) -> Iterator[Misread]:
        """Yield each number in octal or base 60 and each date, which hardly anybody means."""
        seen: set[int] = set()
        todo: list[tuple[Location, yaml.Node | None]] = [((), self._root)]
        while todo:
            at, node = todo.pop()
            if node is None or id(node) in seen or at in self.settled:
                continue
            seen.add(id(node))
            if isinstance(node, yaml.MappingNode):
                todo += [((*at, str(key.value)), value) for key, value in node.value]
            elif isinstance(node, yaml.SequenceNode):
                todo += [((*at, place), value) for place, value in enumerate(node.value)]
            elif not _is_text_or_nothing(node):
                value = _Loader("").construct_object(node)
                if _is_surprising(str(node.value), value):
                    yield Misread(at, str(node.value), value)


def read_yaml(path: Path) -> YamlFile:
    """Return what the file ``path`` says.

    Raises ``BudamaError`` if it cannot be read, with the reason alone, and for a key that one
    mapping has twice, with key and lines.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BudamaError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BudamaError("cannot be read: it is no text in UTF-8; save it in UTF-8") from error
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        return YamlFile(None if root is None else loader.construct_document(root), root)
    except RecursionError as error:
        raise BudamaError("cannot be read: its blocks stand too deep in one another") from error
    except (ValueError, yaml.YAMLError) as error:
        raise BudamaError(f"cannot be read: {_no_yaml(error, text)}") from error


def check_keys(path: Path) -> None:
    """Raise ``BudamaError`` for a key that one mapping of the file ``path`` has twice.

    Snakemake reads that file itself: what else is wrong with it is its to tell.
    """
    try:
        _Loader(path.read_text(encoding="utf-8-sig")).get_single_node()
    except BudamaError as error:
        raise BudamaError(f"{path}: {error}") from error
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return


def _no_yaml(error: ValueError | yaml.YAMLError, text: str) -> str:
    """Return what the reader says, where, and what to do about a text that only looks like YAML."""
    if isinstance(error, ReaderError):
        return f"the character U+{error.character:04X} is none of a text; save it as text in UTF-8"
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return " ".join(str(error).split())
    mark, begun = error.problem_mark, error.context_mark
    said = " ".join(str(error.problem).split())
    starts = [text[at.index : at.index + 1] for at in (begun, mark) if at is not None]
    sign = next((start for start in starts if start and start in _SIGNS), "")
    if sign:
        said += f"; put a text that begins with {sign} in quotes"
    elif said.startswith("mapping values are not allowed"):
        said += "; put a text that has a colon and a space in it in quotes"
    elif error.context and begun is not None:
        said = f"{error.context} (from line {begun.line + 1}): {said}"
    elif error.context:
        said = f"{error.context}: {said}"
    return f"line {mark.line + 1}, column {mark.column + 1}: {said}"


class _Loader(yaml.SafeLoader):
    """``yaml.SafeLoader`` that takes keys as they are written, and each only once."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Check the keys of a mapping as it stands there, before anything is merged into it."""
        node = super().compose_mapping_node(anchor)
        assert node is not None
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.tag != _MERGE:
                    key.tag = _TEXT
                line = key.start_mark.line + 1
                if key.value in lines:
                    raise BudamaError(_twice(key.value, lines[key.value], line))
                lines[key.value] = line
        return node


def _as_text_if_it_must(constructor: str) -> Callable[[_Loader, yaml.ScalarNode], Any]:
    """Return how to read what looks like a number or date: as text where Python has none such."""

    def construct(loader: _Loader, node: yaml.ScalarNode) -> Any:
        try:
            return getattr(loader, constructor)(node)
        except ValueError:  # the 13th month, a number of thousands of digits
            return node.value

    return construct


for kind in ("int", "float", "timestamp"):
    _Loader.add_constructor(
        f"tag:yaml.org,2002:{kind}", _as_text_if_it_must(f"construct_yaml_{kind}")
    )


def _twice(key: str, first: int, second: int) -> str:
    where = f"line {second}" if first == second else f"lines {first} and {second}"
    return (
        f"{where}: the key '{key}' stands there twice in one block, and YAML would forget the "
        "first: take one of them away"
    )


def _inside(node: yaml.Node | None, part: int | str) -> yaml.Node | None:
    """Return what stands at ``part`` in ``node``, or ``node`` if nothing does."""
    if isinstance(node, yaml.MappingNode):
        found = [value for key, value in node.value if key.value == str(part)]
        return found[-1] if found else node
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return node.value[part] if part < len(node.value) else node
    return node


def _is_text_or_nothing(node: yaml.Node) -> bool:
    return node.tag in (_TEXT, "tag:yaml.org,2002:null") or bool(getattr(node, "style", None))


def _is_surprising(written: str, value: Any) -> bool:
    if isinstance(value, datetime.date):
        return True
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and (":" in written or _OCTAL.fullmatch(written) is not None)
