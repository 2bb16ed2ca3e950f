"""The columns of a CSV, TSV or Parquet file as text."""

import codecs
import csv
from io import StringIO
from pathlib import Path

import pandas as pd
import pyarrow as pa

from budama.data.sources.label_columns import as_text, class_names
from budama.data.sources.parquet_file import (
    check_column,
    open_parquet,
    path_of_bytes,
    read_columns,
)
from budama.system.errors import BudamaError

DELIMITERS = {".csv": ",", ".tsv": "\t"}
_OTHERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_PARQUET = ".parquet"
_BEGINNING = 2**16  # bytes that are looked at for the names of the columns


def check_columns(path: Path, columns: list[str]) -> None:
    """Raise ``BudamaError`` unless ``path`` is a table that has these columns.

    Only its beginning is looked at.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise BudamaError(f"dataset not found: the file {path} is missing")
    if suffix == _PARQUET:
        _check_schema(path, columns, open_parquet(path).schema_arrow)
    elif suffix in DELIMITERS:
        with path.open("rb") as file:
            text = _decoded(path, file.read(_BEGINNING), whole=False)
        _check_header(path, columns, DELIMITERS[suffix], text)
    else:
        raise BudamaError(
            f"{path}: its name must end in .csv (commas), .tsv (tabs) or .parquet, by which it is "
            "read"
        )


def as_texts(path: Path, columns: list[str]) -> pd.DataFrame:
    """Return the columns as text, "" where a cell is empty, and ``line``: where a row stands.

    Raises ``BudamaError`` if the file is damaged, is written in another way than its suffix says,
    or lacks a column.
    """
    check_columns(path, columns)
    if path.suffix.lower() == _PARQUET:
        return _from_parquet(path, columns)
    return _from_text(path, columns, DELIMITERS[path.suffix.lower()])


def _check_schema(path: Path, columns: list[str], schema: pa.Schema) -> None:
    for column in columns:
        check_column(path, column, schema.names)
        if path_of_bytes(schema, column):
            raise BudamaError(
                f"{path}: the column '{column}' holds bytes, and words are expected; where a "
                "Parquet file holds the images themselves, use 'format: parquet'"
            )


def _from_parquet(path: Path, columns: list[str]) -> pd.DataFrame:
    file = open_parquet(path)
    table = read_columns(path, file, columns)
    cells = {
        name: as_text(
            table[name], f"{path}: the column '{name}'", class_names(file.schema_arrow, name)
        )
        for name in columns
    }
    return pd.DataFrame({**cells, "line": [f"row {n}" for n in range(1, table.num_rows + 1)]})


def _decoded(path: Path, content: bytes, whole: bool = True) -> str:
    """Return the text of a file, or of its beginning, which may end within a character."""
    advice = "save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise BudamaError(f"{path}: is UTF-16, or no text at all; {advice}")
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content, final=whole)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BudamaError(f"{path}: line {line} is not UTF-8; {advice}") from error


def _check_header(path: Path, columns: list[str], delimiter: str, text: str) -> None:
    if not text.strip():
        raise BudamaError(f"{path}: is empty; its first line is to name its columns")
    names = _header(text, delimiter)
    for other, words in _OTHERS.items():
        if not set(columns) <= set(names) and set(columns) <= set(_header(text, other)):
            raise BudamaError(
                f"{path}: its columns are separated by {words}; in a {path.suffix} file "
                f"{_OTHERS[delimiter]} separate them. Write it anew, or rename it"
            )
    for column in columns:
        check_column(path, column, names)


def _header(text: str, delimiter: str) -> list[str]:
    first = text.lstrip().splitlines()[:1]
    return [name.strip() for name in next(csv.reader(first, delimiter=delimiter), [])]


def _from_text(path: Path, columns: list[str], delimiter: str) -> pd.DataFrame:
    text = StringIO(_decoded(path, path.read_bytes()), newline="")
    reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True)
    rows: list[list[str]] = []
    places: list[int] = []
    width = begins = 0  # the line in which a row begins: quotes may hold further ones
    try:
        while True:
            begins = reader.line_num + 1
            row = next(reader, None)
            if row is None:
                break
            if not any(cell.strip() for cell in row):
                continue
            if not width:
                width = len(row)
                places = [[name.strip() for name in row].index(column) for column in columns]
            elif len(row) != width:
                raise BudamaError(
                    f"{path}, line {begins}: has {len(row)} cells, and the header {width}; put a "
                    "cell that holds the separator between double quotes"
                )
            else:
                rows.append([*(row[place].strip() for place in places), f"line {begins}"])
    except csv.Error as error:
        raise BudamaError(
            f"{path}, line {begins}: cannot be read: {error}. A double quote opens a cell, up to "
            "the next one: close it, or write it twice where it belongs to the text"
        ) from error
    return pd.DataFrame(rows, columns=[*columns, "line"], dtype=str)
