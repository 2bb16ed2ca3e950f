"""Which image is used for what: the splits of a task, written once and read by every stage."""

import logging
from pathlib import Path

import pandas as pd

from budama.config.data import Calibration, images_drawn
from budama.data.audited import Audited
from budama.data.classes import in_words
from budama.data.layout import MANIFEST, SPLITS
from budama.data.prepared import COLUMNS, DRAWN
from budama.data.splitting import by_content, drawn_order, drawn_share, number_drawn, share_of_test
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_json, write_parquet
from budama.system.files.json_file import read_json

log = logging.getLogger("budama")
SPLIT_OF = {"train": "train", "val": "validation", "test": "test"}
ORDER = {"train": 0, "validation": 1, "test": 2}
USES = {
    "train": "what models are trained on",
    "validation": "accuracies on the way, and the choice of the epoch under keep_epoch: best; "
    "the dataset's own validation part, or carved from the training part",
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
    test = share_of_test(audited.dataset)
    splits = make_splits(
        audited.images,
        audited.classes,
        validation,
        calibration,
        selection,
        seed,
        test,
        content=by_content(audited.dataset),
    )
    listed = set(audited.images["part"])
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
            # shares of each class; none where the dataset has the part itself
            "drawn": {"validation": None if "val" in listed else validation, "test": test},
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
    test: float | None = None,
    *,
    content: bool = False,
) -> pd.DataFrame:
    """Assign every image to a split.

    ``images`` has ``part`` and ``key`` (where an image is in the source), ``label`` and ``sha256``.
    Returns them with ``split`` (``train``, ``validation`` or ``test``), ``calibration`` and
    ``selection`` (the image's place in the order of either, -1 if it is not in it). A listed part
    stays whole. What is missing is carved from the training part, stratified by class: ``test`` is
    the share of the test part where there is none; calibration is drawn from what remains,
    selection from what calibration leaves. With ``content``, all draws and the order of the
    training images depend on contents alone, and no image that is drawn is in a listed part, too.
    Raises ``BudamaError`` if a class has too few images to be split.
    """
    table = images[["part", "key", "label", "sha256"]].assign(split=images["part"].map(SPLIT_OF))
    table = table.sort_values("split", key=lambda split: split.map(ORDER), kind="stable")
    table = table.reset_index(drop=True)
    shares = {} if test is None else {"test": test}
    if not (table["split"] == "validation").any():
        shares["validation"] = validation
    _check_sizes(table, classes, list(shares), by_content=content)
    for split, share in shares.items():
        table.loc[_drawn(table, share, seed, split, content), "split"] = split
    _tell_lacking(table, classes, list(shares))

    left = table[table["split"] == "train"]
    wanted = (calibration.batches * calibration.batch_size, selection)
    for name, number, asked in zip(
        DRAWN, images_drawn(len(left), calibration, selection), wanted, strict=True
    ):
        if number < asked:
            log.warning("%s uses %d training images: %d were asked for", name, number, asked)
        chosen = (
            drawn_order(left["sha256"], seed, name).sort_values(kind="stable").index[:number]
            if content
            else left.sample(n=number, random_state=seed).index
        )
        left = left.drop(chosen)
        table[name] = -1
        table.loc[chosen, name] = range(number)
    return _ordered(table, seed)[COLUMNS] if content else table[COLUMNS]


def _drawn(
    table: pd.DataFrame, share: float, seed: int, purpose: str, content: bool
) -> "pd.Index[int]":
    """Return the rows of the training part that become another split."""
    train = table["split"] == "train"
    if not content:
        return _sampled(table[train], share, seed)
    elsewhere = table.loc[~train, "sha256"]
    return drawn_share(table[train & ~table["sha256"].isin(elsewhere)], share, seed, purpose)


def _ordered(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the table with its training images in the order of their contents.

    The others stay as they are listed, in which order any source reads them quickly.
    """
    train = table["split"] == "train"
    order = drawn_order(table.loc[train, "sha256"], seed, "rows")
    ordered = table[train].assign(order=order).sort_values(["label", "order"], kind="stable")
    return pd.concat([ordered.drop(columns="order"), table[~train]], ignore_index=True)


def _tell_lacking(table: pd.DataFrame, classes: list[str], drawn: list[str]) -> None:
    """Tell of classes of which all images were left to others: they are in a listed part, too."""
    for split in drawn:
        there = set(table.loc[table["split"] == split, "label"])
        if lacking := [name for label, name in enumerate(classes) if label not in there]:
            part = next(part for part, name in SPLIT_OF.items() if name == split)
            log.warning("%s", in_words({"kind": "lacks", "part": part, "classes": lacking}))


def _sampled(train: pd.DataFrame, share: float, seed: int) -> "pd.Index[int]":
    """Return rows of each class by their place, as the first release drew them.

    Figures on published datasets stay comparable with older ones.
    """
    chosen: pd.Index[int] = pd.Index(
        [
            row
            for _, rows in train.groupby("label")
            for row in rows.sample(n=number_drawn(len(rows), share), random_state=seed).index
        ]
    )
    return chosen


def _check_sizes(
    table: pd.DataFrame, classes: list[str], drawn: list[str], *, by_content: bool
) -> None:
    """Raise ``BudamaError`` if a class has no image left for training once all is ``drawn``."""
    train = table[table["split"] == "train"]
    if by_content:
        train = train.drop_duplicates("sha256")
    counts = train["label"].value_counts().reindex(range(len(classes)), fill_value=0)
    fewest = 1 + len(drawn)
    if counts.min() < fewest:
        name = classes[int(counts.to_numpy().argmin())]
        once = " (equal ones count once, for the first of their classes)" if by_content else ""
        uses = f", so that one can go to {' and one to '.join(drawn)}" if drawn else ""
        raise BudamaError(
            f"class '{name}' has {counts.min()} training images{once}; at least {fewest} are needed"
            f"{uses}"
        )
