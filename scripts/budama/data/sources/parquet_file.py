"""One Parquet file: opened, read, and what is wrong with it said in a sentence."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from budama.system.errors import BudamaError, did_you_mean

_LARGEST_GROUP = 2**30  # Arrow's arrays of bytes end at twice as much
_BINARY = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
_REPACK = (
    "write the file anew in smaller row groups, in Python: import pyarrow.parquet as p; "
    "f = p.ParquetFile('OLD.parquet'); w = p.ParquetWriter('NEW.parquet', f.schema_arrow); "
    "[w.write_batch(b) for b in f.iter_batches(100)]; w.close()"
)


def open_parquet(path: Path) -> pq.ParquetFile:
    """Open a file; raises ``BudamaError`` if it is missing, or is no Parquet file."""
    try:
        # reads where it is told, whatever other processes do with the same open file
        return pq.ParquetFile(path, pre_buffer=False)
    except FileNotFoundError as error:
        raise BudamaError(f"{path} is missing") from error
    except (pa.ArrowException, OSError) as error:
        raise BudamaError(
            f"{path}: cannot be read as a Parquet file: {_reason(error)}; fetch it again"
        ) from error


def read_columns(path: Path, file: pq.ParquetFile, columns: list[str]) -> pa.Table:
    """Return whole columns of the open ``file``; raises ``BudamaError`` if it is damaged."""
    try:
        return file.read(columns=columns, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise BudamaError(f"{path}: is damaged: {_reason(error)}; fetch it again") from error


def check_column(
    path: Path, column: str, names: list[str], holds: str = "", advice: str = ""
) -> None:
    """Raise ``BudamaError`` unless exactly one of the ``names`` of columns is ``column``."""
    if column not in names:
        hint = f"{did_you_mean(column, names)}{advice}"
        raise BudamaError(f"{path}: has no column '{column}'{holds}: {hint}")
    if names.count(column) > 1:
        raise BudamaError(f"{path}: has {names.count(column)} columns '{column}'; keep one")


def path_of_bytes(schema: pa.Schema, column: str) -> str | None:
    """Return where a column's bytes are in the file, ``None`` if it holds neither them nor a dict.

    The dict is ``{bytes, path}``, as Hugging Face's datasets store an image.
    """
    kind, path = schema.field(column).type, column
    if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        kind, path = kind.field("bytes").type, f"{column}.bytes"
    return path if any(is_binary(kind) for is_binary in _BINARY) else None


class ImageFile(NamedTuple):
    """An open file with a column of images.

    ``starts`` ``[groups + 1]`` are the first rows of its row groups, and its end; ``group_bytes``
    ``[groups]`` the sizes of their images; ``column`` is where the images' bytes are.
    """

    parquet: pq.ParquetFile
    starts: npt.NDArray[np.int64]
    group_bytes: npt.NDArray[np.int64]
    column: str

    @classmethod
    def open(cls, path: Path, image: str) -> "ImageFile":
        """Open a file; raises ``BudamaError`` if it is damaged, or ``image`` holds no bytes."""
        parquet = open_parquet(path)
        column = _column_of_bytes(path, parquet.schema_arrow, image)
        meta = parquet.metadata
        groups = [meta.row_group(number) for number in range(meta.num_row_groups)]
        leaves = [group.column(number) for group in groups for number in range(meta.num_columns)]
        sizes = [leaf.total_uncompressed_size for leaf in leaves if leaf.path_in_schema == column]
        starts = np.cumsum([0, *(group.num_rows for group in groups)])
        return cls(parquet, starts, np.array(sizes, np.int64), column)

    def check(self, path: Path, label: str) -> None:
        """Raise ``BudamaError`` if there are no labels, or a row group is too large to be read."""
        names = self.parquet.schema_arrow.names
        check_column(path, label, names, " with labels", ". Name it: 'label: COLUMN'")
        if self.group_bytes.max(initial=0) > _LARGEST_GROUP:
            raise BudamaError(
                f"{path}: has a row group of {self.group_bytes.max() / 2**30:.1f} GiB, of which no "
                f"image can be read by itself; {_REPACK}"
            )

    def read_group(self, number: int) -> pa.Array:
        """Return the bytes of a row group's images, ``[rows]``; ``None`` where a row has none."""
        read = self.parquet.read_row_group(number, columns=[self.column], use_threads=False)
        images = read[0].combine_chunks()
        if isinstance(images, pa.ChunkedArray):
            images = pa.concat_arrays(images.chunks)
        return images.field("bytes") if pa.types.is_struct(images.type) else images


def _column_of_bytes(path: Path, schema: pa.Schema, image: str) -> str:
    check_column(path, image, schema.names, " with images", ". Name it: 'image: COLUMN'")
    column, kind = path_of_bytes(schema, image), schema.field(image).type
    if column is None:
        advice = ""
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            advice = "; for files that a table names, use 'format: table'"
        raise BudamaError(
            f"{path}: the column '{image}' is of the type {kind}; expected are the bytes of "
            f"image files, or {{bytes, path}}{advice}"
        )
    return column


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())
