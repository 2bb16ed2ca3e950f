"""The labels in a column of an Arrow table: words, numbers, or numbers with names for them."""

import json

import pyarrow as pa

from budama.system.errors import BudamaError

_WORDS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)


def class_names(schema: pa.Schema, column: str) -> list[str] | None:
    """Return the names of a column's numbers, if the schema has Hugging Face's ``ClassLabel``."""
    try:
        known = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"][column]
        names = known["names"]
    except (KeyError, TypeError, ValueError):
        return None
    return [str(name) for name in names] if isinstance(names, list) else None


def kind_of(cells: pa.DataType) -> str:
    """Return what labels of this type are, in words; "" where the type tells nothing."""
    kind = cells.value_type if pa.types.is_dictionary(cells) else cells
    if any(is_word(kind) for is_word in _WORDS):
        return "words"
    if pa.types.is_boolean(kind):
        return "truth values"
    return "numbers" if pa.types.is_integer(kind) or pa.types.is_floating(kind) else ""


def as_text(cells: pa.ChunkedArray, what: str, names: list[str] | None = None) -> list[str]:
    """Return a column's cells as text, empty where there is none.

    With ``names``, these of the numbers; -1 stands for no label. Raises ``BudamaError`` that begins
    with ``what`` if a column of this type holds no labels, or a number has no name.
    """
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    kind = cells.type
    if any(is_word(kind) for is_word in _WORDS):
        return ["" if text is None else text.strip() for text in cells.to_pylist()]
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        values = cells.to_pylist()
    elif pa.types.is_floating(kind):
        values = [_whole(value, what) for value in cells.to_pylist()]
    elif pa.types.is_null(kind):
        values = cells.to_pylist()
    else:
        raise BudamaError(f"{what} is of the type {kind}; expected are words or whole numbers")
    if names is None:
        return ["" if value is None else str(value) for value in values]
    strangers = {v for v in values if v is not None and not -1 <= v < len(names)}
    if strangers:
        raise BudamaError(f"{what} has {min(strangers)}, and names for 0 to {len(names) - 1} only")
    return ["" if value is None or value < 0 else names[value] for value in values]


def _whole(value: float | None, what: str) -> int | None:
    """Return a number that has become one with a fraction, as beside empty cells in pandas."""
    if value is None or value != value:  # noqa: PLR0124 - not a number
        return None
    if not float(value).is_integer():
        raise BudamaError(f"{what} has {value}; expected are words or whole numbers")
    return int(value)
