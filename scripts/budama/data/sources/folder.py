"""Any folder of class folders."""

import os
from collections import Counter
from functools import cached_property
from itertools import permutations
from pathlib import Path

from budama.config.data import ImageFolder
from budama.data.sources.base import Files, Listing
from budama.data.sources.class_folders import (
    has_image_suffix,
    images_by_class,
    is_folder,
    passed_over,
    visible,
)
from budama.data.sources.reasons import Reason
from budama.data.sources.sketch import sketch
from budama.system.errors import BudamaError, did_you_mean
from budama.system.files.names import check_apart, spelled

LAYOUT = "Expected: FOLDER/CLASS/IMAGE, with one folder per class (jpg, png, webp, ...)"
DRAW_ONE = "write 'test: 0.2' into the dataset: a fifth of the images is drawn for the test then"
PARTS_NAMES = {"train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval"}


def open_images(dataset: ImageFolder) -> "FolderImages":
    """Return the images under the folders of ``dataset``."""
    return FolderImages(dataset)


class FolderImages(Files):
    """``ROOT/TRAIN/CLASS/*``, and so for VAL and TEST; the classes are those of the first.

    Where there is no folder VAL, and where ``test`` is a share, the part is drawn later. With such
    a share the classes may also lie in ROOT itself, without a folder TRAIN.
    """

    def __init__(self, dataset: ImageFolder) -> None:
        super().__init__(dataset)
        self._dataset = dataset
        self._root = Path(dataset.root)

    def path(self, part: str, key: str) -> Path:
        """Return the file of one image."""
        return self._folders[part] / key

    def check(self) -> None:
        """Raise ``BudamaError`` if a folder is missing, or one is inside another."""
        for part, folder in self._folders.items():
            if not folder.is_dir():
                raise self._missing(part, folder)
        for (part, folder), (other, outer) in permutations(self._folders.items(), 2):
            if folder.resolve() == outer.resolve():
                raise BudamaError(
                    f"{folder} is both the {part} folder and the {other} folder. {LAYOUT}"
                )
            if folder.resolve().is_relative_to(outer.resolve()):
                raise BudamaError(
                    f"{folder}, the {part} folder, is inside {outer}, the {other} folder, so that "
                    f"its images would belong to both. {LAYOUT}"
                )

    def sketch(self) -> str:
        """Return the first folders, and what lies in them."""
        return sketch(self._root)

    def listing(self) -> Listing:
        """Return every image, classes in alphabetical order."""
        self.check()
        skipped: Counter[str] = Counter()
        found = {part: images_by_class(folder, skipped) for part, folder in self._folders.items()}
        for part, folder in self._folders.items():
            if not found[part]:
                raise self._empty(part, folder)
        classes = sorted(found["train"])
        self._check_names(classes)
        for part in list(found)[1:]:
            found[part] = self._as_trained(part, found[part], classes)
        if unread := self._beside():
            skipped[Reason.BESIDE_PARTS.of(unread)] += len(unread)
        rows = [
            (part, key, label)
            for part in found
            for label, name in enumerate(classes)
            for key in found[part].get(name, [])
        ]
        return Listing.of(classes, rows, skipped)

    def _as_trained(
        self, part: str, found: dict[str, list[str]], classes: list[str]
    ) -> dict[str, list[str]]:
        """Return the images of a part by the classes as the training folder spells them."""
        folder = self._folders[part]
        check_apart(found, str(folder))
        named = {}
        for name in sorted(found):
            known = spelled(name, classes, str(folder))
            if known is None:
                raise BudamaError(
                    f"{folder}: class '{name}' has no training images: "
                    f"{did_you_mean(name, classes)}"
                )
            named[known] = found[name]
        return named

    @cached_property
    def _folders(self) -> dict[str, Path]:
        """The folder of each part that is listed, in the order of the parts."""
        asked, usual = self._dataset, ImageFolder(format="folder", root=".")
        folders = {part: asked.place(getattr(asked, part)) for part in ("train", "val")}
        if isinstance(asked.test, str):
            folders["test"] = asked.place(asked.test)
        elif asked.train == usual.train and not folders["train"].is_dir():
            folders["train"] = self._root  # the classes lie there themselves
        val = folders["val"].resolve()
        others = [folder.resolve() for part, folder in folders.items() if part != "val"]
        nested = any(val.is_relative_to(other) for other in others)
        if asked.val == usual.val and (nested or not val.is_dir()):
            del folders["val"]
        return folders

    def _missing(self, part: str, folder: Path) -> BudamaError:
        what = f"dataset not found: the {part} folder {folder} is missing. {LAYOUT}"
        if not self._root.is_dir():
            return BudamaError(what)
        if part == "train" and self._holds_classes():
            what += f". If the classes lie in {self._root} itself, {DRAW_ONE}"
        if part == "test":
            what += f". Without one, {DRAW_ONE}"
        if part == "test" and "val" in self._folders:
            what += f". To test on {self._folders['val']}, write 'test: {self._dataset.val}'"
        return BudamaError(f"{what}\n{self.sketch()}")

    def _empty(self, part: str, folder: Path) -> BudamaError:
        files = [entry.name for entry in visible(folder, Counter()) if not is_folder(entry)]
        direct = sum(map(has_image_suffix, files))
        if not direct:
            what = f"dataset is empty: no images under {folder}{passed_over(folder)}. {LAYOUT}"
        else:
            what = f"{folder}: images ({direct:,}) stand here without folders of classes. {LAYOUT}"
        if direct and part == "train":
            what += (
                f". If '{folder.name}' is a class, and so are the other folders of {self._root}, "
                "write 'train: .' and 'test: 0.2' into the dataset"
            )
        if direct and part == "test":
            what += f". If their classes are not known, {DRAW_ONE}"
        return BudamaError(f"{what}\n{self.sketch()}")

    def _holds_classes(self) -> bool:
        """Whether images lie in folders right under the root."""
        folders = [entry.path for entry in visible(self._root, Counter()) if is_folder(entry)]
        return any(
            has_image_suffix(entry.name)
            for folder in folders
            for entry in visible(folder, Counter())
            if not is_folder(entry)
        )

    def _check_names(self, classes: list[str]) -> None:
        """Raise ``BudamaError`` for folders that may be parts, or one class twice."""
        check_apart(classes, str(self._folders["train"]))
        parts = sorted(PARTS_NAMES.intersection(name.lower() for name in classes))
        if self._folders["train"] == self._root and self._dataset.train != "." and parts:
            raise BudamaError(
                f"{self._root}: there is no folder {self._dataset.train}, so that each folder here "
                f"would be a class, {' and '.join(parts)} too. If that is right, write 'train: .' "
                f"into the dataset; else name the parts' folders (train, val, test). {LAYOUT}\n"
                f"{self.sketch()}"
            )

    def _beside(self) -> list[str]:
        """Return the names of the folders in the root that no part is in."""
        folders = [folder.resolve() for folder in self._folders.values()]
        if self._root.resolve() in folders:
            return []
        return [
            os.fsencode(entry.name).decode(errors="replace")
            for entry in visible(self._root, Counter())
            if is_folder(entry)
            and not any(folder.is_relative_to(Path(entry).resolve()) for folder in folders)
        ]
