"""Images that a table names: their paths, labels and parts."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from budama.config.data import Table
from budama.data.sources.base import Files, Listing, file_content
from budama.data.sources.decoding import UnreadableError
from budama.system.errors import BudamaError, did_you_mean

if TYPE_CHECKING:  # as in ``base``
    import pandas as pd

WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_SLASHES = re.compile("^/+")
_TRIED = 50  # files that are looked for before all of them are opened


def open_images(dataset: Table) -> "TableImages":
    """Return the images that the table of ``dataset`` names."""
    return TableImages(dataset)


class TableImages(Files):
    """A row per image; a key is the path, relative to the root where it lies under it.

    Where one path stands twice with the same label, it is one image.
    """

    def __init__(self, dataset: Table) -> None:
        super().__init__(dataset)
        self._dataset = dataset
        self._root = Path(dataset.root)
        self._file = self._root / dataset.file

    def path(self, part: str, key: str) -> Path:
        """Return the file of one image; the part is not in its path.

        Its name may be in another Unicode normal form there than in the table.
        """
        path = self._root / key
        if key.isascii() or path.exists():
            return path
        forms = (self._root / normalize(form, key) for form in ("NFC", "NFD"))
        return next((other for other in forms if other.exists()), path)

    def content(self, part: str, key: str) -> bytes:
        """Return the bytes of the image's file, which may lie outside the root."""
        if "\0" in key:
            raise UnreadableError("its name holds a null byte")
        return file_content(self.path(part, key))

    def check(self) -> None:
        """Raise ``BudamaError`` if the table is missing, or a column of it."""
        from budama.data.sources.table_file import check_columns

        check_columns(self._file, self._columns())

    def listing(self) -> Listing:
        """Return every image; classes in the order of their numbers or of the alphabet."""
        from budama.data.sources.table_file import as_texts

        skipped: dict[str, int] = {}
        found = as_texts(self._file, self._columns())
        if found.empty:
            raise BudamaError(f"dataset is empty: {self._file} names columns, and has no rows")
        rows = self._of_parts(found, skipped)
        table = self._named(rows)
        self._check_labels(table)
        once = table.drop_duplicates(["part", "key"])
        if len(once) < len(table):
            skipped["rows that name an image again"] = len(table) - len(once)
        self._check_parts(once)
        self._check_files(once)
        return Listing.of_labels(once, self._file, skipped)

    def _columns(self) -> list[str]:
        own = self._dataset
        return list(dict.fromkeys([own.path, own.label, *([own.split] if own.split else [])]))

    def _of_parts(self, rows: "pd.DataFrame", skipped: dict[str, int]) -> "pd.DataFrame":
        """Return the rows with their ``part``, without those of a test part not asked for."""
        own = self._dataset
        if own.split is None:
            if isinstance(own.test, str):
                raise BudamaError(
                    f"{self._file}: nothing tells which images are for testing: give the dataset "
                    "'split: COLUMN', or have a share of the images drawn with 'test: 0.2'"
                )
            return rows.assign(part="train")
        words = rows[own.split].str.strip()
        known = {word: self._part(word) for word in words.unique()}
        strange = words.map(known).eq("")
        if strange.any():
            first = rows[strange].iloc[0]
            raise self._mistake(
                first,
                int(strange.sum()),
                f"the column '{own.split}' says {first[own.split]!r}: "
                f"{did_you_mean(first[own.split].lower(), WORDS)}",
            )
        parts = words.map(known)
        left_out = parts.eq("none")
        if left_out.any():
            skipped["rows of a test part that is not the one asked for"] = int(left_out.sum())
        return rows.assign(part=parts)[~left_out]

    def _part(self, word: str) -> str:
        """Return the part that a word means, "none" for what is left out, "" for a strange one."""
        asked, meant = self._dataset.test, WORDS.get(word.lower(), "")
        if isinstance(asked, str):
            if word == asked or (meant and meant == WORDS.get(asked.lower())):
                return "test"
            return "none" if meant == "test" else meant
        return meant

    def _named(self, rows: "pd.DataFrame") -> "pd.DataFrame":
        """Return ``part``, ``key``, ``label`` and ``line`` of the rows; no cell is empty."""
        import pandas as pd

        own = self._dataset
        for column in (own.path, own.label):
            empty = rows[column].eq("")
            if empty.any():
                what = f"the cell under '{column}' is empty; fill it in, or take the row out"
                raise self._mistake(rows[empty].iloc[0], int(empty.sum()), what)
        root = os.path.normpath(self._root.absolute()) + os.sep
        # another spelling of a path is no other key, and // stands between a file and a place in it
        keys = [
            os.path.normpath(_SLASHES.sub("/", path)).removeprefix(root) for path in rows[own.path]
        ]
        return pd.DataFrame(
            {"part": rows["part"], "key": keys, "label": rows[own.label], "line": rows["line"]}
        )

    def _check_labels(self, table: "pd.DataFrame") -> None:
        """Raise ``BudamaError`` if an image has several labels."""
        labels = table.drop_duplicates(["key", "label"])
        several = labels[labels.duplicated("key", keep=False)]
        if several.empty:
            return
        first = several[several["key"] == several.iloc[0]["key"]].iloc[:2]
        (line, label), (other, another) = first[["line", "label"]].itertuples(index=False)
        raise BudamaError(
            f"{self._file}: {several['key'].nunique():,} images have several labels; the first, "
            f"{several.iloc[0]['key']}, is {label!r} in {line} and {another!r} in {other}"
        )

    def _check_parts(self, table: "pd.DataFrame") -> None:
        found, own = set(table["part"]), self._dataset
        if "train" not in found:
            raise BudamaError(f"{self._file}: no row is of the training part")
        if isinstance(own.test, str) and "test" not in found:
            raise BudamaError(
                f"{self._file}: no row is of the test part ('test: {own.test}'); name the word for "
                "it, or have a share of the images drawn with 'test: 0.2'"
            )
        if not isinstance(own.test, str) and "test" in found:
            raise BudamaError(
                f"{self._file}: has rows of a test part, and 'test: {own.test}' would have one "
                "drawn; take out one or the other (without 'split', all rows are drawn from)"
            )

    def _check_files(self, table: "pd.DataFrame") -> None:
        """Raise ``BudamaError`` if none of a few files is there: the audit names single ones."""
        tried = table.iloc[:: max(1, len(table) // _TRIED)]
        paths = [self.path(*image) for image in zip(tried["part"], tried["key"], strict=True)]
        if any(path.exists() for path in paths):
            return
        hint = "" if "\\" not in str(paths[0]) else " Folders are separated by / here, not by \\."
        raise BudamaError(
            f"{self._file}: none of {len(paths)} images that were looked for is there; the first, "
            f"of {tried.iloc[0]['line']}, would be {paths[0]}. Relative paths start at the root, "
            f"{self._root}.{hint}"
        )

    def _mistake(self, row: "pd.Series[str]", count: int, what: str) -> BudamaError:
        more = f" ({count:,} such rows)" if count > 1 else ""
        return BudamaError(f"{self._file}, {row['line']}: {what}{more}")
