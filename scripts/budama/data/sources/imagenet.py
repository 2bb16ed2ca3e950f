"""ImageNet (ILSVRC 2012) in the layout that everyone uses."""

import re
from collections import Counter
from pathlib import Path

from budama.config.data import ImageNet
from budama.data.sources.base import PARTS, Files, Listing
from budama.data.sources.class_folders import IMAGE_SUFFIXES, images_by_class
from budama.system.errors import BudamaError

SYNSET = re.compile(r"n\d{8}")
SHOWN = 5


def open_images(dataset: ImageNet) -> "ImageNetImages":
    """Return the images under the root of ``dataset``."""
    return ImageNetImages(dataset)


class ImageNetImages(Files):
    """``ROOT/train/SYNSET/*`` and ``ROOT/val/SYNSET/*``; val is the test part.

    Classes are the synsets, sorted: the order of the outputs of pretrained weights. Any subset of
    the synsets will do.
    """

    def __init__(self, dataset: ImageNet) -> None:
        super().__init__(dataset)
        self._root = Path(dataset.root)
        self._folders = {"train": self._root / "train", "test": self._root / "val"}

    def path(self, part: str, key: str) -> Path:
        """Return the file of one image."""
        return self._folders[part] / key

    def check(self) -> None:
        """Raise ``BudamaError`` if the root or one of its two folders is missing."""
        for folder in (self._root, *self._folders.values()):
            if not folder.is_dir():
                raise self._mistake(f"dataset not found: the folder {folder} is missing")

    def listing(self) -> Listing:
        """Return every image, classes in the order of their synsets."""
        self.check()
        found = {}
        skipped: Counter[str] = Counter()
        for part, folder in self._folders.items():
            found[part] = images_by_class(folder, skipped)
            self._check_synsets(folder, found[part])
        train, test = set(found["train"]), set(found["test"])
        if train != test:
            here, there = ("train", "val") if train - test else ("val", "train")
            raise self._mistake(
                f"{self._root}: train and val must hold the same classes; {here} has, and {there} "
                f"lacks, {_some(train - test or test - train)}"
            )
        classes = sorted(train)
        rows = [
            (part, key, label)
            for part in PARTS
            for label, name in enumerate(classes)
            for key in found[part][name]
        ]
        return Listing.of(classes, rows, skipped)

    def _check_synsets(self, folder: Path, found: dict[str, list[str]]) -> None:
        strangers = [name for name in found if not SYNSET.fullmatch(name)]
        if strangers:
            raise self._mistake(
                f"{folder}: {_some(strangers)} is not a synset such as n01440764 (for folders with "
                "other names, use 'format: folder')"
            )
        if any(found.values()):
            return
        files = [path.suffix.lower() for path in folder.iterdir() if path.is_file()]
        if IMAGE_SUFFIXES.intersection(files):
            count = sum(suffix in IMAGE_SUFFIXES for suffix in files)
            raise self._mistake(
                f"{folder}: {count:,} images stand here without folders of classes; sort them into "
                "folders first"
            )
        if ".tar" in files:
            raise self._mistake(f"{folder}: the archives here are still packed; unpack each one")
        raise self._mistake(f"dataset is empty: no images under {folder}")

    def _mistake(self, what: str) -> BudamaError:
        return BudamaError(
            f"{what}. Expected is ImageNet in its usual layout, or a part of its classes:\n"
            f"  {self._root}/train/n01440764/n01440764_10026.JPEG ...\n"
            f"  {self._root}/val/n01440764/ILSVRC2012_val_00000293.JPEG ...\n"
            "Get ILSVRC2012_img_train.tar and ILSVRC2012_img_val.tar from https://image-net.org "
            "(you must register). Unpack train's archive and the one archive per class inside it, "
            "each into a folder of its name; sort val's images into the same folders with the "
            "usual script valprep.sh (github.com/soumith/imagenetloader.torch)"
        )


def _some(names: list[str] | set[str]) -> str:
    """Return the first of ``names`` in words."""
    ordered = sorted(names)
    more = f" and {len(ordered) - SHOWN:,} more" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more
