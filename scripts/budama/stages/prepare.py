"""Which image is used for what: the splits of a task, written once and read by every stage."""

import logging
from pathlib import Path

import pandas as pd

from budama.config.data import Calibration, images_drawn
from budama.data.audited import Audited
from budama.data.layout import MANIFEST, SPLITS
from budama.data.prepared import COLUMNS, DRAWN
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_json, write_parquet
from budama.system.files.json_file import read_json

log = logging.getLogger("budama")
FEWEST_PER_CLASS = 2
USES = {
    "train": "what models are trained on",
    "validation": "accuracies on the way, and the choice of the epoch under keep_epoch: best; "
    "carved from the training part",
    "calibration": "scores and repairs; drawn from train, and trained on, too",
    "selection": "choices between cuts (normaliser: auto); as calibration, and not of it",
    "test": "the accuracies of reports, once, at the end",
}


def prepare(
    *,
    audit: Path,
    cache: Path | None,
    validation: float,
    calibration: Calibration,
    selection: int,
    seed: int,
    folder: Path,
) -> None:
    """Write ``splits.parquet`` and ``manifest.json`` of a task's data into ``folder``.

    ``audit`` is the ``audit.json`` of the dataset: images that could not be read there are in no
    split. With ``cache``, the ``cache.json`` of its cache, images are read from that.
    """
    audited = Audited.open(audit.parent)
    splits = make_splits(audited.images, audited.classes, validation, calibration, selection, seed)
    counts = splits["split"].value_counts().to_dict()
    counts |= {name: int((splits[name] >= 0).sum()) for name in DRAWN}
    per_class = splits.groupby(["split", "label"]).size().unstack(fill_value=0)
    write_parquet(folder / SPLITS, splits)
    write_json(
        folder / MANIFEST,
        {
            "dataset": audited.dataset.model_dump(mode="json"),
            "cache": str(cache.parent) if cache else None,
            # other pixels make another manifest, from which all that reads images is made anew
            "cache_sha256": read_json(cache)["sha256"] if cache else None,
            "fingerprint": audited.fingerprint,
            "classes": audited.classes,
            "seed": seed,
            "images": counts,
            "images_are_for": USES,
            "unreadable": audited.unreadable,
            "images_per_class": {str(s): [int(n) for n in row] for s, row in per_class.T.items()},
        },
    )
    log.info("images: %s", counts)


def make_splits(
    images: pd.DataFrame,
    classes: list[str],
    validation: float,
    calibration: Calibration,
    selection: int,
    seed: int,
) -> pd.DataFrame:
    """Assign every image to a split.

    ``images`` has ``part`` and ``key`` (where an image is in the source), ``label`` and ``sha256``.
    Returns them with ``split`` (``train``, ``validation`` or ``test``), ``calibration`` and
    ``selection`` (the image's place in the order of either, -1 if it is not in it). Validation is
    stratified by class and carved from the training part; calibration is drawn from what remains,
    selection from what calibration leaves; the test part stays whole. Raises ``BudamaError`` if a
    class has too few images to be split.
    """
    train, test = (
        images.loc[images["part"] == part, ["part", "key", "label", "sha256"]]
        .reset_index(drop=True)
        .assign(split=part)
        for part in ("train", "test")
    )
    counts = train["label"].value_counts().reindex(range(len(classes)), fill_value=0)
    if counts.min() < FEWEST_PER_CLASS:
        name = classes[int(counts.to_numpy().argmin())]
        raise BudamaError(
            f"class '{name}' has {counts.min()} training images; at least {FEWEST_PER_CLASS} are "
            "needed, so that one can go to validation"
        )
    chosen = pd.Index(
        [
            row
            for _, rows in train.groupby("label")
            for row in rows.sample(
                n=min(max(1, round(len(rows) * validation)), len(rows) - 1), random_state=seed
            ).index
        ]
    )
    train.loc[chosen, "split"] = "validation"

    left = train[train["split"] == "train"]
    wanted = (calibration.batches * calibration.batch_size, selection)
    for name, number, asked in zip(
        DRAWN, images_drawn(len(left), calibration, selection), wanted, strict=True
    ):
        if number < asked:
            log.warning("%s uses %d training images: %d were asked for", name, number, asked)
        drawn = left.sample(n=number, random_state=seed).index
        left = left.drop(drawn)
        train[name] = -1
        train.loc[drawn, name] = range(len(drawn))
    table = pd.concat([train, test.assign(**dict.fromkeys(DRAWN, -1))], ignore_index=True)
    return table[COLUMNS]
