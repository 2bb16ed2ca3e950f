"""Images inside Parquet files, in the layout of Hugging Face datasets."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from budama.config.data import ParquetFiles
from budama.data.blocks import Blocks
from budama.data.sources.base import ALL_PARTS, Listing, Original
from budama.data.sources.decoding import UnreadableError
from budama.data.sources.label_columns import as_text, class_names
from budama.data.sources.labels import in_order
from budama.data.sources.recent import Recent
from budama.data.sources.shards import InFile, files_of_parts
from budama.system.errors import BudamaError, did_you_mean
from budama.system.job.terminal import tell

if TYPE_CHECKING:  # as in ``base``
    import pandas as pd

# Decoded row groups that a process keeps. What is larger is trained on in windows of three quarters
# of it: the last images of a window come together with the first ones of the next.
KEPT_BYTES = 256 * 2**20
_WINDOW = 0.75
_VARIED = 256  # images drawn at random, which a window must tell as much of the classes as
_LARGEST_GROUP = 2**30  # Arrow's arrays of bytes end at twice as much
_FILES = 64  # that a process keeps open
_BINARY = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
_REPACK = (
    "write the file anew in smaller row groups, in Python: import pyarrow.parquet as p; "
    "f = p.ParquetFile('OLD.parquet'); w = p.ParquetWriter('NEW.parquet', f.schema_arrow); "
    "[w.write_batch(b) for b in f.iter_batches(100)]; w.close()"
)


def open_images(dataset: ParquetFiles) -> "ParquetImages":
    """Return the images in the Parquet files of ``dataset``."""
    return ParquetImages(dataset)


class _File(NamedTuple):
    """An open file, the first rows of its groups (and its end), and where the images' bytes are."""

    parquet: pq.ParquetFile
    starts: npt.NDArray[np.int64]
    group_bytes: npt.NDArray[np.int64]
    column: str


class ParquetImages(Original):
    """A row per image; a key is the file and the row in it.

    Only whole row groups can be read. A part whose groups fit into a process is listed like any
    other; a larger one in the order of its files, so that what reads it from the first to the last
    image reads each group once.
    """

    def __init__(self, dataset: ParquetFiles) -> None:
        super().__init__(dataset)
        self._dataset = dataset
        self._root = Path(dataset.root)
        self._files: Recent[str, _File] = Recent(self._open, _FILES)
        self._groups: Recent[tuple[str, int], pa.Array] = Recent(
            self._read_group, KEPT_BYTES, lambda images: images.nbytes
        )

    def check(self) -> None:
        """Raise ``BudamaError`` if a file is missing, or the first one lacks a column."""
        first = files_of_parts(self._dataset)["train"][0]
        self._check_file(self._name(first))

    def place(self, part: str, key: str) -> str:
        """Return the file and the row."""
        file, _, row = key.partition("//")
        return f"{self._root / file}, row {row}"

    def content(self, part: str, key: str) -> bytes:
        """Return the bytes that a row holds."""
        name, place = InFile.of(key)
        try:
            file, row = self._files[name], int(place)
            if not 0 <= row < file.starts[-1]:
                raise UnreadableError("the file has no such row")
            group = int(np.searchsorted(file.starts, row, "right")) - 1
            content = self._groups[name, group][row - int(file.starts[group])].as_py()
        except (pa.ArrowException, OSError, ValueError, BudamaError) as error:
            raise UnreadableError(" ".join(str(error).split())) from error
        if content is None:
            raise UnreadableError("the row holds no bytes (only a path, maybe)")
        return bytes(content)

    def blocks(self, images: "pd.DataFrame") -> Blocks | None:
        """Return the row groups of ``images``, if they do not fit into a process all together.

        ``None``, too, if windows of them would be all too much of one kind, because rows are
        sorted by class: then every image costs a row group, and training is slow, but not wrong.
        """
        blocks = self._row_groups(images)
        if blocks is None or blocks.variety(images["label"].to_numpy()) < _VARIED:
            return None
        return blocks

    def _row_groups(self, images: "pd.DataFrame") -> Blocks | None:
        import pandas as pd

        found = [InFile.of(key) for key in images["key"]]
        table = pd.DataFrame(
            {"file": [f.file for f in found], "row": [int(f.place) for f in found]}
        )
        numbers = np.zeros(len(table), np.int64)
        sizes: list[int] = []
        for name, rows in table.groupby("file")["row"]:
            file = self._files[str(name)]
            groups = np.searchsorted(file.starts, rows.to_numpy(), "right") - 1
            used, of = np.unique(groups, return_inverse=True)
            numbers[rows.index] = of + len(sizes)
            sizes += file.group_bytes[used].tolist()
        if sum(sizes) <= KEPT_BYTES:
            return None
        return Blocks(numbers, max(1, int(_WINDOW * KEPT_BYTES // max(sizes))))

    def listing(self) -> Listing:
        """Return every image; classes as they are named, or in the order of numbers or letters."""
        import pandas as pd

        files = files_of_parts(self._dataset)
        tables = [
            self._labels(part, file).assign(place=place)
            for part, of_part in files.items()
            for place, file in enumerate(of_part)
        ]
        images = pd.concat(tables, ignore_index=True)
        self._check_labels(images)
        classes = self._classes(images["text"].unique().tolist())
        order = {name: label for label, name in enumerate(classes)}
        images["label"] = images["text"].map(order).astype("int64")
        images = pd.concat(
            images[images["part"] == part].sort_values(
                ["label", "place", "row"] if self._fits(files[part]) else ["place", "row"]
            )
            for part in ALL_PARTS
            if part in files
        )
        images["key"] = images["file"] + "//" + images["row"].astype(str)
        self._tell_if_slow(images[images["part"] == "train"])
        return Listing(classes, images[["part", "key", "label"]].reset_index(drop=True), {})

    @cached_property
    def _names(self) -> list[str] | None:
        """The names of the labels' numbers, where the files have them: the same in all of them."""
        known: dict[tuple[str, ...], str] = {}
        for files in files_of_parts(self._dataset).values():
            for name in map(self._name, files):
                schema = self._files[name].parquet.schema_arrow
                names = class_names(schema, self._dataset.label)
                if names is not None:
                    known.setdefault(tuple(names), name)
        if len(known) > 1:
            one, other = list(known.values())[:2]
            raise BudamaError(
                f"{self._root}: {one} and {other} give the numbers under '{self._dataset.label}' "
                "other names, so that they are of two datasets"
            )
        return list(next(iter(known))) if known else None

    def _labels(self, part: str, path: Path) -> "pd.DataFrame":
        """Return ``file``, ``row`` and ``text``, the label, of all images of a file."""
        import pandas as pd

        name, column = self._name(path), self._dataset.label
        file = self._check_file(name)
        try:
            cells = file.parquet.read(columns=[column], use_threads=False)[column]
        except (pa.ArrowException, OSError) as error:
            reason = " ".join(str(error).split())
            raise BudamaError(f"{path}: is damaged: {reason}; fetch it again") from error
        text = as_text(cells, f"{path}: the column '{column}'", self._names)
        if pa.types.is_integer(cells.type) and self._names is None:
            text = ["" if label == "-1" else label for label in text]
        table = pd.DataFrame({"row": np.arange(len(text)), "text": text})
        return table.assign(part=part, file=name)

    def _check_labels(self, images: "pd.DataFrame") -> None:
        if images.empty:
            raise BudamaError(f"dataset is empty: the files under {self._root} have no rows")
        for part in ("train", "test"):
            if isinstance(getattr(self._dataset, part), str) and part not in set(images["part"]):
                raise BudamaError(f"dataset is empty: the files of the {part} part have no rows")
        without = images[images["text"] == ""]
        if without.empty:
            return
        first = without.iloc[0]
        unlabelled = without["part"].eq(first.part).sum()
        hint = ". Take these rows out, or name other files"
        if first.part == "test":
            hint = (
                ". Where a test part is published without labels, the validation part is what "
                f"others report on: set 'test: \"{self._dataset.val}\"'"
            )
        raise BudamaError(
            f"{self.place(first.part, f'{first.file}//{first.row}')}: has no label (none, or -1) "
            f"under '{self._dataset.label}'; {unlabelled:,} rows of {first.part} have none{hint}"
        )

    def _classes(self, labels: list[str]) -> list[str]:
        known = in_order(labels, f"{self._root}: the column '{self._dataset.label}'")
        if self._names is None:
            return known
        return [name for name in dict.fromkeys(self._names) if name in set(known)]

    def _tell_if_slow(self, train: "pd.DataFrame") -> None:
        if self._row_groups(train) is not None and self.blocks(train) is None:
            tell(
                "audit",
                "%s: the rows are sorted by class, and there is too much of them for a process: "
                "training will read a row group for every image, which is slow. Mix the rows when "
                "they are written, or give the task a 'cache'",
                self._root,
            )

    def _fits(self, files: list[Path]) -> bool:
        sizes = [int(self._files[self._name(file)].group_bytes.sum()) for file in files]
        return sum(sizes) <= KEPT_BYTES

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._root))

    def _check_file(self, name: str) -> _File:
        file, path = self._files[name], self._root / name
        columns = file.parquet.schema_arrow.names
        if self._dataset.label not in columns:
            raise BudamaError(
                f"{path}: has no column '{self._dataset.label}' with labels: "
                f"{did_you_mean(self._dataset.label, columns)}. Name it: 'label: COLUMN'"
            )
        if file.group_bytes.max(initial=0) > _LARGEST_GROUP:
            raise BudamaError(
                f"{path}: has a row group of {file.group_bytes.max() / 2**30:.1f} GiB, of which no "
                f"image can be read by itself; {_REPACK}"
            )
        return file

    def _open(self, name: str) -> _File:
        path = self._root / name
        try:
            # reads where it is told, whatever other processes do with the same open file
            parquet = pq.ParquetFile(path, pre_buffer=False)
        except FileNotFoundError as error:
            raise BudamaError(f"{path} is missing") from error
        except (pa.ArrowException, OSError) as error:
            reason = " ".join(str(error).split())
            raise BudamaError(
                f"{path}: cannot be read as a Parquet file: {reason}; fetch it again"
            ) from error
        column = self._column_of_bytes(path, parquet.schema_arrow)
        meta = parquet.metadata
        groups = [meta.row_group(number) for number in range(meta.num_row_groups)]
        leaves = [group.column(number) for group in groups for number in range(meta.num_columns)]
        sizes = [leaf.total_uncompressed_size for leaf in leaves if leaf.path_in_schema == column]
        starts = np.cumsum([0, *(group.num_rows for group in groups)])
        return _File(parquet, starts, np.array(sizes, np.int64), column)

    def _column_of_bytes(self, path: Path, schema: pa.Schema) -> str:
        image = self._dataset.image
        if image not in schema.names:
            raise BudamaError(
                f"{path}: has no column '{image}' with images: "
                f"{did_you_mean(image, schema.names)}. Name it: 'image: COLUMN'"
            )
        kind, column = schema.field(image).type, image
        if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
            kind, column = kind.field("bytes").type, f"{image}.bytes"
        if not any(is_binary(kind) for is_binary in _BINARY):
            advice = ""
            if pa.types.is_string(kind) or pa.types.is_large_string(kind):
                advice = "; for files that a table names, use 'format: table'"
            raise BudamaError(
                f"{path}: the column '{image}' is of the type {kind}; expected are the bytes of "
                f"image files, or {{bytes, path}}{advice}"
            )
        return column

    def _read_group(self, which: tuple[str, int]) -> pa.Array:
        """Return the bytes of a row group's images."""
        file = self._files[which[0]]
        column = file.parquet.read_row_group(which[1], columns=[file.column], use_threads=False)[0]
        images = column.combine_chunks()
        if isinstance(images, pa.ChunkedArray):
            images = pa.concat_arrays(images.chunks)
        return images.field("bytes") if pa.types.is_struct(images.type) else images
