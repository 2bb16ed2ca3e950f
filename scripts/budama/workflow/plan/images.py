"""How many images a task uses for what."""

from dataclasses import dataclass
from pathlib import Path

from budama.config.data import images_drawn
from budama.config.places import data_folder
from budama.config.schema import Config, Task
from budama.data.layout import MANIFEST
from budama.data.sources import ALL_PARTS, open_source
from budama.data.splitting import share_of_test
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
        train, val, test = (int((images["part"] == part).sum()) for part in ALL_PARTS)
        share = share_of_test(dataset)
        if share is not None:
            test = round(train * share)
            train -= test
        return _split(task, train, test, len(classes), f"as they lie in {dataset.root}", val)
    except BudamaError as error:
        if dataset.format not in _PUBLISHED:
            raise BudamaError(f"{task.dataset}: its images cannot be counted: {error}") from error
    return _split(task, *_PUBLISHED[dataset.format], f"those of the whole {dataset.format}")


def _split(task: Task, train: int, test: int, classes: int, origin: str, val: int = 0) -> Images:
    """Return the images by use; ``val`` is the size of the dataset's own validation part."""
    validation = val or round(train * task.validation)
    left = train - (0 if val else validation)
    drawn = images_drawn(left, task.calibration, task.selection)
    return Images(left, validation, *drawn, test, classes, origin)
