"""Whether the classes of a dataset can be told apart and compared, before anything is trained."""

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from budama.system.errors import BudamaError
from budama.system.files.names import check_apart

_FEWEST = 2
_MOST_OF_ALL = 0.95  # of the training images: above, one class decides what accuracy means
_SHOWN = 3
_IN_WORDS = {"val": "validation", "test": "test"}


def check_classes(classes: list[str], images: pd.DataFrame, sketch: Callable[[], str]) -> None:
    """Raise ``BudamaError`` if there are fewer than two classes, or one has no training image.

    So too if two differ in case or Unicode normal form only, whatever the source.
    ``images`` has ``part``, ``label`` and ``key``; ``sketch`` says what the dataset looks like.
    """
    if len(classes) < _FEWEST:
        names = f"'{classes[0]}' is the only class" if classes else "there is no class"
        folders, deeper = sketch(), ""
        if folders:
            deeper = (
                ". If the folders of the classes lie deeper, name the folder that holds them as "
                "'train', such as 'train: train/images'"
            )
        raise BudamaError(
            f"{names}, and a classifier needs two at least. One folder, or label, per class is "
            f"expected{deeper}\n{folders or _table(classes, images)}"
        )
    check_apart(classes, "the classes of the dataset")
    trained = images.loc[images["part"] == "train", "label"].unique()
    if missing := [name for label, name in enumerate(classes) if label not in set(trained)]:
        raise BudamaError(
            f"{named(missing)} without training images. Add some, or take the class out of every "
            f"part of the dataset\n{sketch() or _table(classes, images)}"
        )


def remarks(classes: list[str], images: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield what a user is to know of the classes: of ``images`` with part, label and key.

    Each has a ``kind``: ``lacks`` (``classes`` of which a ``part`` has no image), ``dominated``
    (``class`` and ``share_pct`` of the training images), ``nested`` (``folders`` that each class
    folder holds, and no images beside them).
    """
    counts = pd.crosstab(images["part"], images["label"])
    counts = counts.reindex(columns=range(len(classes)), fill_value=0)
    for part in _IN_WORDS:
        if part in counts.index:
            found = zip(classes, counts.loc[part], strict=True)
            if missing := [name for name, number in found if not number]:
                yield {"kind": "lacks", "part": part, "classes": missing}
    share = counts.loc["train"] / counts.loc["train"].sum()
    if share.max() > _MOST_OF_ALL:
        name = classes[int(share.to_numpy().argmax())]
        yield {"kind": "dominated", "class": name, "share_pct": round(100 * share.max(), 2)}
    if inner := _folders_within_all(images, classes):
        yield {"kind": "nested", "folders": inner}


def in_words(remark: dict[str, Any]) -> str:
    """Return what a remark means, and what may be done."""
    match remark["kind"]:
        case "lacks":
            word = _IN_WORDS[remark["part"]]
            return (
                f"{named(remark['classes'])} without {word} images: the {word} accuracy leaves it "
                "out"
            )
        case "dominated":
            return (
                f"{remark['share_pct']:.1f}% of the training images are of class "
                f"'{remark['class']}': a network that always answers so is right as often, and "
                "accuracy says little"
            )
    return (
        f"every class folder holds the same folders ({', '.join(remark['folders'])}) and no images "
        "beside them: if these are the classes, the folders above them are taken for classes by "
        "mistake"
    )


def named(classes: list[str]) -> str:
    """Return 'class x', or how many there are and the first of their names."""
    if len(classes) == 1:
        return f"class '{classes[0]}' is"
    more = ", ..." if len(classes) > _SHOWN else ""
    return f"{len(classes):,} classes ({', '.join(classes[:_SHOWN])}{more}) are"


def _folders_within_all(images: pd.DataFrame, classes: list[str]) -> list[str]:
    """Return the folders that each class folder has, if two at least and the same in each."""
    train = images.loc[images["part"] == "train", ["label", "key"]]
    outer = train["key"].str.partition("/")[0]
    in_class_folders = (outer == train["label"].map(dict(enumerate(classes)))).all()
    if not in_class_folders or not (train["key"].str.count("/") > 1).all():
        return []
    within = train["key"].str.split("/", n=2).str[1]
    pairs = pd.DataFrame({"label": train["label"], "folder": within}).drop_duplicates()
    times = pairs["folder"].value_counts()
    same = len(times) > 1 and bool((times == len(classes)).all())
    return sorted(times.index)[: _SHOWN + 1] if same else []


def _table(classes: list[str], images: pd.DataFrame) -> str:
    """Return how many images each of the first classes has in each part."""
    counts = images.groupby(["part", "label"]).size()
    lines = [
        f"  {name}: "
        + ", ".join(f"{counts.get((part, label), 0):,} {part}" for part in images["part"].unique())
        for label, name in enumerate(classes[: _SHOWN + 1])
    ]
    return "\n".join(["The images are", *lines])
