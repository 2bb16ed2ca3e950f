"""How many images a task uses for what."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from budama.config.data import images_drawn
from budama.config.places import data_folder
from budama.config.schema import Config, Task
from budama.data.layout import MANIFEST
from budama.data.sources import ALL_PARTS, open_source
from budama.data.splitting import number_drawn, share_of_test
from budama.system.errors import BudamaError
from budama.system.files.json_file import read_json

# Training images, test images and classes of the whole sets: Russakovsky et al., IJCV 2015 (ILSVRC
# 2012, whose val is the test part here); Bossard et al., ECCV 2014; Xiao et al., arXiv 1708.07747.
_PUBLISHED = {
    "imagenet": (1_281_167, 50_000, 1000),
    "food101": (75_750, 25_250, 101),
    "fashion-mnist": (60_000, 10_000, 10),
}
_USES = ("train", "validation", "calibration", "selection", "test")


@dataclass(frozen=True)
class Images:
    """Images by their use, the number of classes, and in words where these figures are from."""

    train: int
    validation: int
    calibration: int
    selection: int
    test: int
    classes: int
    origin: str


def count_images(config: Config, name: str, root: Path) -> Images:
    """Return the images of task ``name``: prepared under ``root``, as they lie, or as published.

    Raises ``BudamaError`` if the data is not there and its format does not tell.
    """
    task = config.tasks[name]
    manifest = root / data_folder(name) / MANIFEST
    found = read_json(manifest) if manifest.is_file() else {"images": {}}
    if found["images"].keys() >= set(_USES):  # or it will be prepared anew, for these uses
        parts = {use: found["images"][use] for use in _USES}
        return Images(**parts, classes=len(found["classes"]), origin="as prepared")
    dataset = config.datasets[task.dataset]
    try:
        source = open_source(dataset)
        source.check()
        classes, images, _ = source.listing()
    except BudamaError as error:
        if dataset.format not in _PUBLISHED:
            raise BudamaError(f"{task.dataset}: its images cannot be counted: {error}") from error
        parts, number = _of_published(dataset.format)
        return _split(task, parts, number, f"those of the whole {dataset.format}")
    parts = _parts(images, share_of_test(dataset))
    return _split(task, parts, len(classes), f"as they lie in {dataset.root}")


def _parts(images: pd.DataFrame, test: float | None) -> dict[str, int]:
    """Return the images of each part; of ``test`` of each class where that part will be drawn."""
    parts = {part: int((images["part"] == part).sum()) for part in ALL_PARTS}
    if test is not None:  # equal images are counted each; only the audit knows them
        sizes = images.loc[images["part"] == "train", "label"].value_counts()
        parts["test"] = sum(number_drawn(int(size), test) for size in sizes)
        parts["train"] -= parts["test"]
    return parts


def _of_published(name: str) -> tuple[dict[str, int], int]:
    train, test, classes = _PUBLISHED[name]
    return {"train": train, "val": 0, "test": test}, classes


def _split(task: Task, parts: dict[str, int], classes: int, origin: str) -> Images:
    carved = 0 if parts["val"] else round(parts["train"] * task.validation)
    left = parts["train"] - carved
    drawn = images_drawn(left, task.calibration, task.selection)
    return Images(left, parts["val"] + carved, *drawn, parts["test"], classes, origin)
