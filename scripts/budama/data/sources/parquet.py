"""Images inside Parquet files, in the layout of Hugging Face datasets."""

from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from budama.config.data import ParquetFiles
from budama.data.blocks import Blocks
from budama.data.sources.base import ALL_PARTS, Listing, Original
from budama.data.sources.beside import beside
from budama.data.sources.decoding import UnreadableError
from budama.data.sources.label_columns import as_text, class_names, kind_of
from budama.data.sources.labels import in_order
from budama.data.sources.parquet_file import ImageFile, read_columns
from budama.data.sources.reasons import Reason
from budama.data.sources.recent import Recent
from budama.data.sources.shards import InFile, files_of_parts
from budama.system.errors import BudamaError
from budama.system.job.terminal import tell

if TYPE_CHECKING:  # as in ``base``
    import pandas as pd

# Decoded row groups that a process keeps. What is larger is trained on in windows of three quarters
# of it: the last images of a window come together with the first ones of the next.
KEPT_BYTES = 256 * 2**20
_WINDOW = 0.75
_VARIED = 256  # images drawn at random, which a window must tell as much of the classes as
_FILES = 64  # that a process keeps open
_SHOWN = 3


def open_images(dataset: ParquetFiles) -> "ParquetImages":
    """Return the images in the Parquet files of ``dataset``."""
    return ParquetImages(dataset)


class _Labelled(NamedTuple):
    """What a file's beginning tells of its labels, and of the size of its images."""

    kind: str
    names: list[str] | None
    image_bytes: int


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
        self._files: Recent[str, ImageFile] = Recent(
            lambda name: ImageFile.open(self._root / name, dataset.image), _FILES
        )
        self._groups: Recent[tuple[str, int], pa.Array] = Recent(
            self._read_group, KEPT_BYTES, lambda images: images.nbytes
        )

    def check(self) -> None:
        """Raise ``BudamaError`` if a file is missing, or the first one lacks a column."""
        self._checked(self._parts["train"][0])

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

        skipped = beside(self._dataset, self._parts, ".parquet")
        tables = [
            self._labels(part, file).assign(place=place)
            for part, of_part in self._parts.items()
            for place, file in enumerate(of_part)
        ]
        if empty := sum(table.empty for table in tables):
            skipped[Reason.EMPTY_SHARDS] += empty
        images = pd.concat(tables, ignore_index=True)
        self._check_labels(images)
        images["key"] = images["file"] + "//" + images["row"].astype(str)
        classes = self._classes(images["class"])
        order = {name: label for label, name in enumerate(classes)}
        images["label"] = images["class"].map(order).astype("int64")
        # not ``Listing.of_labels``: rows come by number, large parts in the order of their files
        images = pd.concat(
            images[images["part"] == part].sort_values(
                ["label", "place", "row"] if self._fits(self._parts[part]) else ["place", "row"]
            )
            for part in ALL_PARTS
            if part in self._parts
        )
        self._tell_if_slow(images[images["part"] == "train"])
        return Listing(
            classes, images[["part", "key", "label"]].reset_index(drop=True), dict(skipped)
        )

    @cached_property
    def _parts(self) -> dict[str, list[Path]]:
        return files_of_parts(self._dataset)

    @cached_property
    def _names(self) -> list[str] | None:
        """The names of the labels' numbers, where the files have them: the same in all of them."""
        known: dict[tuple[str, ...], str] = {}
        for path, of_file in self._labelled.items():
            if of_file.names is not None:
                known.setdefault(tuple(of_file.names), self._name(path))
        if len(known) > 1:
            one, other = list(known.values())[:2]
            raise BudamaError(
                f"{self._root}: {one} and {other} give the numbers under '{self._dataset.label}' "
                "other names, so that they are of two datasets"
            )
        names = list(next(iter(known))) if known else None
        if names and len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise BudamaError(
                f"{self._root}: two numbers under '{self._dataset.label}' have the name {twice!r}; "
                "give each class a name of its own"
            )
        return names

    @cached_property
    def _labelled(self) -> dict[Path, _Labelled]:
        """What the beginning of each file tells; labels are of one kind in all of them.

        Else the words and the numbers would be classes beside each other.
        """
        found, column = {}, self._dataset.label
        for path in chain.from_iterable(self._parts.values()):
            file = self._checked(path)
            schema = file.parquet.schema_arrow
            found[path] = _Labelled(
                kind_of(schema.field(column).type),
                class_names(schema, column),
                int(file.group_bytes.sum()),
            )
        first = {of_file.kind: path for path, of_file in reversed(found.items()) if of_file.kind}
        if len(first) > 1:
            (kind, path), (other, another) = sorted(first.items(), key=lambda item: item[1])[:2]
            raise BudamaError(
                f"{path}: the labels under '{column}' are {kind}, and in {another} {other}: write "
                "them alike in all files, or name the files of one dataset only"
            )
        return found

    def _labels(self, part: str, path: Path) -> "pd.DataFrame":
        """Return ``part``, ``file``, ``row`` and ``class`` of all images of a file."""
        import pandas as pd

        column, names = self._dataset.label, self._names
        cells = read_columns(path, self._checked(path).parquet, [column])[column]
        text = as_text(cells, f"{path}: the column '{column}'", names)
        if self._labelled[path].kind == "numbers" and names is None:
            text = ["" if label == "-1" else label for label in text]
        table = pd.DataFrame({"row": np.arange(len(text)), "class": text})
        return table.assign(part=part, file=self._name(path))

    def _check_labels(self, images: "pd.DataFrame") -> None:
        if images.empty:
            raise BudamaError(f"dataset is empty: the files under {self._root} have no rows")
        for part in ("train", "test"):
            if isinstance(getattr(self._dataset, part), str) and part not in set(images["part"]):
                raise BudamaError(f"dataset is empty: the files of the {part} part have no rows")
        without = images[images["class"] == ""]
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

    def _classes(self, labels: Iterable[str]) -> list[str]:
        known = in_order(labels, f"{self._root}: the column '{self._dataset.label}'")
        if self._names is None:
            return known
        return [name for name in self._names if name in set(known)]

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
        return sum(self._labelled[file].image_bytes for file in files) <= KEPT_BYTES

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._root))

    def _checked(self, path: Path) -> ImageFile:
        file = self._files[self._name(path)]
        file.check(path, self._dataset.label)
        return file

    def _read_group(self, which: tuple[str, int]) -> pa.Array:
        """Return the bytes of a row group's images."""
        return self._files[which[0]].read_group(which[1])
