"""ImageNet (ILSVRC 2012) in the layout that everyone uses."""

import re
from collections import Counter
from pathlib import Path

from budama.config.data import ImageNet
from budama.data.sources.base import PARTS, Files, Listing
from budama.data.sources.class_folders import IMAGE_SUFFIXES, images_by_class, passed_over
from budama.data.sources.imagenet_archives import ImageNetArchives
from budama.data.sources.shards import is_in_file
from budama.system.errors import BudamaError

SYNSET = re.compile(r"n\d{8}")
SHOWN = 5


def open_images(dataset: ImageNet) -> "ImageNetImages":
    """Return the images under the root of ``dataset``."""
    return ImageNetImages(dataset)


class ImageNetImages(Files):
    """``ROOT/train/SYNSET/*`` and ``ROOT/val/SYNSET/*``; val is the test part.

    Where one of these folders is not, its official archive is read. Classes are the synsets,
    sorted: the order of the outputs of pretrained weights. Any subset of the synsets will do.
    """

    def __init__(self, dataset: ImageNet) -> None:
        super().__init__(dataset)
        self._root = Path(dataset.root)
        self._folders = {"train": self._root / "train", "test": self._root / "val"}
        self._archived = ImageNetArchives(dataset)

    def path(self, part: str, key: str) -> Path:
        """Return the file of one image that is not in an archive."""
        return self._folders[part] / key

    def place(self, part: str, key: str) -> str:
        """Return the path of the image, or its archive and the name in it."""
        return self._archived.files.place(key) if is_in_file(key) else super().place(part, key)

    def content(self, part: str, key: str) -> bytes:
        """Return the bytes of the image's file, or of that in an archive."""
        return self._archived.files.content(key) if is_in_file(key) else super().content(part, key)

    def check(self) -> None:
        """Raise ``BudamaError`` if the root is missing, or a part has no folder and no archive."""
        if not self._root.is_dir():
            raise self._mistake(f"dataset not found: the folder {self._root} is missing")
        for part, folder in self._folders.items():
            if self._is_archived(part):
                self._archived.check(part)
            elif not folder.is_dir():
                raise self._mistake(f"dataset not found: the folder {folder} is missing")

    def listing(self) -> Listing:
        """Return every image, classes in the order of their synsets."""
        self.check()
        found = {}
        skipped: Counter[str] = Counter()
        for part, folder in self._folders.items():
            if self._is_archived(part):
                found[part] = self._archived.keys(part, skipped)
                continue
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

    def _is_archived(self, part: str) -> bool:
        return not self._folders[part].is_dir() and self._archived.has(part)

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
        raise self._mistake(f"dataset is empty: no images under {folder}{passed_over(folder)}")

    def _mistake(self, what: str) -> BudamaError:
        return BudamaError(
            f"{what}. Expected is ImageNet in its usual layout, or a part of its classes:\n"
            f"  {self._root}/train/n01440764/n01440764_10026.JPEG ...\n"
            f"  {self._root}/val/n01440764/ILSVRC2012_val_00000293.JPEG ...\n"
            "Get ILSVRC2012_img_train.tar, ILSVRC2012_img_val.tar and "
            "ILSVRC2012_devkit_t12.tar.gz from https://image-net.org (you must register): these "
            f"three in {self._root} will do as they are"
        )


def _some(names: list[str] | set[str]) -> str:
    """Return the first of ``names`` in words."""
    ordered = sorted(names)
    more = f" and {len(ordered) - SHOWN:,} more" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more
