"""The audit: every image of a dataset is opened and decoded once, before anything depends on it."""

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from budama.config.data import Dataset
from budama.data.classes import check_classes, in_words, remarks
from budama.data.contents import contradictions, duplicates, fingerprint
from budama.data.examination import Finding, died, examine
from budama.data.layout import AUDIT, IMAGES
from budama.data.parallel import each_in_processes
from budama.data.sources import ALL_PARTS, Original, open_source
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_json, write_parquet
from budama.system.job.device import Execution
from budama.system.job.progress import track
from budama.system.job.terminal import tell

log = logging.getLogger("budama")
SHOWN = 20
AT_ONCE = 10_000  # findings that become a table, which takes less memory


def audit(*, dataset: Dataset, folder: Path, execution: Execution) -> None:
    """Open and decode every image of ``dataset`` and write what was found into ``folder``.

    ``images.parquet`` has one row per image: ``part``, ``key``, ``label``, ``width``, ``height``,
    ``sha256`` (of the file, or of the pixels where there is no file) and ``problem`` (missing for
    images that can be read). ``audit.json`` has counts, also of what was passed over, the images
    that cannot be read, those in several parts or classes, and remarks on the classes. Neither
    depends on the number of threads, each a process (0: this one). Raises ``BudamaError`` if the
    dataset is not laid out as expected, has fewer than two classes, or if none of a class's images
    can be read.
    """
    source = open_source(dataset)
    classes, listed, skipped = source.listing()
    check_classes(classes, listed, source.sketch)
    _tell_skipped(skipped)
    pairs = _Pairs(listed)
    found = each_in_processes(partial(examine, source), pairs, execution.threads, died)
    images = listed.join(_columns(track(found, len(pairs), "audit", "images")))
    _tell_unreadable(source, images)
    _check_readable(source, images, classes)
    readable = images[images["problem"].isna()]
    twice, contradictory = duplicates(readable), contradictions(readable, classes)
    _tell_duplicates(readable, twice)
    _tell_contradictions(contradictory)
    doubts = list(remarks(classes, readable))
    for doubt in doubts:
        tell("audit", "%s", in_words(doubt))
    write_parquet(folder / IMAGES, images)
    write_json(
        folder / AUDIT,
        {
            "dataset": dataset.model_dump(mode="json"),
            "fingerprint": fingerprint(images, classes),
            "images": _counts(readable),
            "skipped": skipped,
            "unreadable": _unreadable(images)[["part", "key", "problem"]].to_dict("records"),
            "duplicates": twice,
            "contradictions": contradictory,
            "remarks": doubts,
            "classes": classes,
        },
    )


class _Pairs(Sequence[tuple[str, str]]):
    """Part and key of each image; made when they are asked for, as there may be millions."""

    def __init__(self, images: pd.DataFrame) -> None:
        self._images = images

    def __len__(self) -> int:
        return len(self._images)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return zip(self._images["part"], self._images["key"], strict=True)

    def __getitem__(self, rows: Any) -> Any:
        some = self._images.iloc[rows]
        if isinstance(rows, slice):
            return list(zip(some["part"], some["key"], strict=True))
        return some["part"], some["key"]


def _columns(findings: Iterator[Finding]) -> pd.DataFrame:
    """Return a row per finding: whatever is missing, the columns have the same types."""
    types = {"width": "Int32", "height": "Int32", "sha256": "str", "problem": "str"}
    tables = [
        pd.DataFrame(some, columns=Finding._fields).astype(types)
        for some in iter(lambda: list(islice(findings, AT_ONCE)), [])
    ]
    return pd.concat(tables, ignore_index=True)


def _unreadable(images: pd.DataFrame) -> pd.DataFrame:
    return images[images["problem"].notna()]


def _counts(readable: pd.DataFrame) -> dict[str, int]:
    """Return the number of images of each part that has any."""
    counts = readable["part"].value_counts()
    return {part: int(counts[part]) for part in ALL_PARTS if part in counts}


def _tell_skipped(skipped: dict[str, int]) -> None:
    if skipped:
        ordered = sorted(skipped.items(), key=lambda item: -item[1])
        tell(
            "audit",
            "passed over: %s",
            "; ".join(f"{reason}: {number:,}" for reason, number in ordered),
        )


def _tell_unreadable(source: Original, images: pd.DataFrame) -> None:
    unreadable = _unreadable(images)
    if unreadable.empty:
        return
    tell(
        "audit",
        "%d of %d images cannot be read and are left out; %s lists them",
        *(len(unreadable), len(images), AUDIT),
    )
    columns = (unreadable.head(SHOWN)[name] for name in ("part", "key", "problem"))
    for part, key, problem in zip(*columns, strict=True):
        log.warning("%s: %s", source.place(part, key), problem)


def _check_readable(source: Original, images: pd.DataFrame, classes: list[str]) -> None:
    """Raise ``BudamaError`` if no image at all, or none of a class in one part, can be read."""
    readable = images["problem"].isna()
    left = readable.groupby([images["part"], images["label"]]).any()
    empty = left[~left].index
    if empty.empty:
        return
    part, label = empty[0]
    rows = images[(images["part"] == part) & (images["label"] == label)]
    first = rows.iloc[0]
    what = f"none of the {len(rows):,} {part} images of class '{classes[label]}' can"
    if not readable.any():
        what = f"none of the {len(images):,} images of the dataset can"
    elif len(rows) == 1:
        what = f"the only {part} image of class '{classes[label]}' cannot"
    raise BudamaError(
        f"{what} be read; the first is {source.place(first.part, first.key)}: "
        f"{first.problem}. Fetch it again, or take the class out of the dataset"
    )


def _tell_duplicates(readable: pd.DataFrame, twice: list[dict[str, Any]]) -> None:
    counts = _counts(readable)
    words = {"train": "training", "val": "validation", "test": "test"}
    for part, other in (("test", "train"), ("val", "train"), ("test", "val")):
        if number := sum(len(row[part]) for row in twice if part in row and other in row):
            tell(
                "audit",
                "%d of %d %s images have the same content as a %s image; they are kept, as "
                "in the official splits; %s lists them",
                *(number, counts[part], words[part], words[other], AUDIT),
            )


def _tell_contradictions(contradictory: list[dict[str, Any]]) -> None:
    if number := len(contradictory):
        tell(
            "audit",
            "several classes have the same image (%d %s), and at most one of them can be right; %s "
            "lists them",
            *(number, "time" if number == 1 else "times", AUDIT),
        )
