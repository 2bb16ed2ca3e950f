"""The audit: every image of a dataset is opened and decoded once, before anything depends on it."""

import hashlib
import logging
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from budama.config.data import Dataset
from budama.data.layout import AUDIT, IMAGES
from budama.data.parallel import each_in_processes
from budama.data.sources import PARTS, Original, open_source
from budama.data.sources.decoding import UnreadableError
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_json, write_parquet
from budama.system.job.device import Execution
from budama.system.job.progress import track

log = logging.getLogger("budama")
SHOWN = 20
DIED = "decoding it ends the process that tries"


class Finding(NamedTuple):
    """What is known of one image; ``problem`` is why it cannot be read, if it cannot."""

    width: int | None
    height: int | None
    sha256: str | None
    problem: str | None


def audit(*, dataset: Dataset, folder: Path, execution: Execution) -> None:
    """Open and decode every image of ``dataset`` and write what was found into ``folder``.

    ``images.parquet`` has one row per image: ``part``, ``key``, ``label``, ``width``, ``height``,
    ``sha256`` (of the file, or of the pixels where there is no file) and ``problem`` (missing for
    images that can be read). ``audit.json`` has counts, the images that cannot be read, and those
    that are in both parts. Neither depends on the number of threads, each a process (0: this one).
    Raises ``BudamaError`` if the dataset is not laid out as expected, or if none of a class's
    images can be read.
    """
    source = open_source(dataset)
    classes, listed, _ = source.listing()
    pairs = list(zip(listed["part"], listed["key"], strict=True))
    found = each_in_processes(partial(examine, source), pairs, execution.threads, _died)
    findings = list(track(found, len(pairs), "audit", "images"))
    images = pd.concat([listed, _columns(findings)], axis=1)
    _log_unreadable(source, images)
    _check_classes(source, images, classes)
    twice = duplicates(images)
    _log_duplicates(images, twice)
    write_parquet(folder / IMAGES, images)
    write_json(
        folder / AUDIT,
        {
            "dataset": dataset.model_dump(mode="json"),
            "fingerprint": fingerprint(images, classes),
            "images": {part: _readable(images, part) for part in PARTS},
            "unreadable": _unreadable(images)[["part", "key", "problem"]].to_dict("records"),
            "duplicates": twice,
            "classes": classes,
        },
    )


def examine(source: Original, image: tuple[str, str]) -> Finding:
    """Hash and decode one image, given by its part and key."""
    digest = None
    try:
        content = source.content(*image)
        digest = hashlib.sha256(content).hexdigest()
        width, height = source.decode(content).size
    except UnreadableError as error:
        return Finding(None, None, digest, str(error))
    return Finding(width, height, digest, None)


def duplicates(images: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the images with the same content in train and test: their hash and their keys."""
    readable = images[images["problem"].isna()]
    train, test = (readable[readable["part"] == part] for part in PARTS)
    both = set(train["sha256"]).intersection(test["sha256"])
    keys = [
        part[part["sha256"].isin(both)].groupby("sha256")["key"].apply(list)
        for part in (train, test)
    ]
    return [{"sha256": sha, "train": keys[0][sha], "test": keys[1][sha]} for sha in sorted(both)]


def fingerprint(images: pd.DataFrame, classes: list[str]) -> str:
    """Return a SHA-256 that changes when the content, the name or the label of any image does."""
    digest = hashlib.sha256("\n".join(classes).encode())
    for row in images[["part", "key", "label", "sha256"]].itertuples(index=False):
        digest.update(f"\n{row.part}/{row.key} {row.label} {row.sha256}".encode())
    return digest.hexdigest()


def _died(_image: tuple[str, str]) -> Finding:
    return Finding(None, None, None, DIED)


def _columns(findings: list[Finding]) -> pd.DataFrame:
    table = pd.DataFrame(findings, columns=Finding._fields)
    # whatever is missing, the columns have the same types
    return table.astype({"width": "Int32", "height": "Int32", "sha256": "str", "problem": "str"})


def _unreadable(images: pd.DataFrame) -> pd.DataFrame:
    return images[images["problem"].notna()]


def _readable(images: pd.DataFrame, part: str) -> int:
    return int(((images["part"] == part) & images["problem"].isna()).sum())


def _log_unreadable(source: Original, images: pd.DataFrame) -> None:
    unreadable = _unreadable(images)
    if unreadable.empty:
        return
    log.warning(
        "%d of %d images cannot be read and are left out; %s lists them",
        *(len(unreadable), len(images), AUDIT),
    )
    columns = (unreadable.head(SHOWN)[name] for name in ("part", "key", "problem"))
    for part, key, problem in zip(*columns, strict=True):
        log.warning("%s: %s", source.place(part, key), problem)


def _check_classes(source: Original, images: pd.DataFrame, classes: list[str]) -> None:
    """Raise ``BudamaError`` if no image at all, or none of a class in one part, can be read."""
    readable = images["problem"].isna()
    left = readable.groupby([images["part"], images["label"]]).any()
    empty = left[~left].index
    if empty.empty:
        return
    part, label = empty[0]
    rows = images[(images["part"] == part) & (images["label"] == label)]
    first = rows.iloc[0]
    what = f"{len(rows)} {part} images of class '{classes[label]}'"
    if not readable.any():
        what = f"{len(images)} images of the dataset"
    raise BudamaError(
        f"none of the {what} can be read; the first is {source.place(first.part, first.key)}: "
        f"{first.problem}. Fetch them again, or take the class out of the dataset"
    )


def _log_duplicates(images: pd.DataFrame, twice: list[dict[str, Any]]) -> None:
    if twice:
        log.warning(
            "%d of %d test images have the same content as a training image; they are kept, as in "
            "the official splits; %s lists them",
            *(sum(len(row["test"]) for row in twice), _readable(images, "test"), AUDIT),
        )
