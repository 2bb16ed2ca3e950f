"""The columns of a CSV, TSV or Parquet file as text."""

import csv
from io import StringIO
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from budama.data.sources.label_columns import as_text, class_names
from budama.system.errors import BudamaError, did_you_mean

DELIMITERS = {".csv": ",", ".tsv": "\t"}
_OTHERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_PARQUET = ".parquet"
_LINE = 10_000  # characters of the first line that are looked at


def check_columns(path: Path, columns: list[str]) -> None:
    """Raise ``BudamaError`` unless ``path`` is a table that has these columns."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise BudamaError(f"dataset not found: the file {path} is missing")
    if suffix == _PARQUET:
        _check_names(path, columns, _open(path).schema_arrow.names)
    elif suffix in DELIMITERS:
        _check_header(path, columns, DELIMITERS[suffix], _text(path))
    else:
        raise BudamaError(
            f"{path}: its name must end in .csv (commas), .tsv (tabs) or .parquet, by which it is "
            "read"
        )


def read_columns(path: Path, columns: list[str]) -> pd.DataFrame:
    """Return the columns as text, "" where a cell is empty, and ``line``: where a row stands.

    Raises ``BudamaError`` if the file is damaged, is written in another way than its suffix says,
    or lacks a column.
    """
    check_columns(path, columns)
    if path.suffix.lower() == _PARQUET:
        return _from_parquet(path, columns)
    return _from_text(path, columns, DELIMITERS[path.suffix.lower()])


def _open(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise BudamaError(f"{path}: cannot be read as a Parquet file: {reason}") from error


def _from_parquet(path: Path, columns: list[str]) -> pd.DataFrame:
    file = _open(path)
    try:
        table = file.read(columns=columns)
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise BudamaError(f"{path}: is damaged: {reason}; fetch it again") from error
    cells = {
        name: as_text(
            table[name], f"{path}: the column '{name}'", class_names(file.schema_arrow, name)
        )
        for name in columns
    }
    return pd.DataFrame({**cells, "line": [f"row {n}" for n in range(1, table.num_rows + 1)]})


def _text(path: Path) -> str:
    content = path.read_bytes()
    advice = "save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise BudamaError(f"{path}: is UTF-16, or no text at all; {advice}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BudamaError(f"{path}: line {line} is not UTF-8; {advice}") from error


def _check_header(path: Path, columns: list[str], delimiter: str, text: str) -> None:
    names = _header(text, delimiter)
    for other, words in _OTHERS.items():
        if not set(columns) <= set(names) and set(columns) <= set(_header(text, other)):
            raise BudamaError(
                f"{path}: its columns are separated by {words}; in a {path.suffix} file "
                f"{_OTHERS[delimiter]} separate them. Write it anew, or rename it"
            )
    _check_names(path, columns, names)


def _header(text: str, delimiter: str) -> list[str]:
    first = text.lstrip()[:_LINE].splitlines()[:1]
    return [name.strip() for name in next(csv.reader(first, delimiter=delimiter), [])]


def _check_names(path: Path, columns: list[str], names: list[str]) -> None:
    for column in columns:
        if column not in names:
            raise BudamaError(f"{path}: has no column '{column}': {did_you_mean(column, names)}")
        if names.count(column) > 1:
            raise BudamaError(f"{path}: has {names.count(column)} columns '{column}'; keep one")


def _from_text(path: Path, columns: list[str], delimiter: str) -> pd.DataFrame:
    reader = csv.reader(
        StringIO(_text(path), newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    rows: list[list[str]] = []
    places: list[int] = []
    width = 0
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if not width:
                width = len(row)
                places = [[name.strip() for name in row].index(column) for column in columns]
            elif len(row) != width:
                raise BudamaError(
                    f"{path}, line {reader.line_num}: has {len(row)} cells, and the header "
                    f"{width}; put a cell that holds the separator between double quotes"
                )
            else:
                line = f"line {reader.line_num}"
                rows.append([*(row[place].strip() for place in places), line])
    except csv.Error as error:
        raise BudamaError(f"{path}, line {reader.line_num}: {error}") from error
    return pd.DataFrame(rows, columns=[*columns, "line"], dtype=str)
