"""Food-101 in its official layout and split."""

from functools import cache
from pathlib import Path

from budama.config.data import Food101
from budama.data.sources.base import PARTS, Files, Listing
from budama.data.sources.reasons import Reason
from budama.system.errors import BudamaError, did_you_mean
from budama.system.files.names import check_apart, normal, on_disk, spelled


def open_images(dataset: Food101) -> "Food101Images":
    """Return the images under the root of ``dataset``."""
    return Food101Images(dataset)


class Food101Images(Files):
    """``ROOT/images/CLASS/ID.jpg``, split by ``ROOT/meta/train.txt`` and ``test.txt``.

    The classes, and their order, are those of ``meta/classes.txt``: a shorter list there makes a
    subset. Without that file they are those of ``train.txt``, in alphabetical order.
    """

    def __init__(self, dataset: Food101) -> None:
        super().__init__(dataset)
        self._root = Path(dataset.root)

    def path(self, part: str, key: str) -> Path:
        """Return the file of one image; the part is not in its path."""
        name, _, file = key.partition("/")
        return _class_folder(self._root / "images", name) / file

    def check(self) -> None:
        """Raise ``BudamaError`` if the root, the images or the lists are missing."""
        for folder in (self._root, self._root / "images"):
            if not folder.is_dir():
                raise self._mistake(f"dataset not found: the folder {folder} is missing")
        for part in PARTS:
            if not self._list_file(part).is_file():
                raise self._mistake(f"dataset not found: {self._list_file(part)} is missing")

    def listing(self) -> Listing:
        """Return every image that the two lists name, of the classes to use."""
        self.check()
        names = {part: self._names(part) for part in PARTS}
        classes = self._classes(names)
        labels = {name: label for label, name in enumerate(classes)}
        rows = [
            (part, f"{line}.jpg", labels[line.partition("/")[0]])
            for part in PARTS
            for line in names[part]
            if line.partition("/")[0] in labels
        ]
        others = sum(map(len, names.values())) - len(rows)
        skipped = {Reason.OTHER_CLASSES.value: others} if others else {}
        return Listing.of(classes, rows, skipped)

    def _names(self, part: str) -> list[str]:
        path = self._list_file(part)
        lines = list(dict.fromkeys(_lines(path)))
        for line in lines:
            parts = line.split("/")
            if len(parts) != 2 or not all(parts) or ".." in parts:  # noqa: PLR2004
                raise self._mistake(f"{path}: '{line}' is not CLASS/ID")
        if not lines:
            raise self._mistake(f"{path}: is empty")
        classes, _, images = zip(*(line.partition("/") for line in lines), strict=True)
        check_apart(map(normal, classes), str(path))
        return [f"{normal(name)}/{image}" for name, image in zip(classes, images, strict=True)]

    def _classes(self, names: dict[str, list[str]]) -> list[str]:
        known, tested = (sorted({line.partition("/")[0] for line in names[part]}) for part in PARTS)
        for name in tested:
            self._check_known(name, known, self._list_file("test"))
        path = self._root / "meta" / "classes.txt"
        classes = list(dict.fromkeys(map(normal, _lines(path)))) if path.is_file() else known
        for name in classes:
            self._check_known(name, known, path)
            if not _class_folder(self._root / "images", name).is_dir():
                raise BudamaError(
                    f"dataset is not whole: the folder {self._root}/images/{name} is missing. To "
                    f"use a part of the classes only, name just them in {path}"
                )
        return classes

    def _check_known(self, name: str, known: list[str], file: Path) -> None:
        if spelled(name, known, str(file)) is None:
            raise BudamaError(
                f"{file}: class '{name}' has no images in train.txt: {did_you_mean(name, known)}"
            )

    def _list_file(self, part: str) -> Path:
        return self._root / "meta" / f"{part}.txt"

    def _mistake(self, what: str) -> BudamaError:
        return BudamaError(
            f"{what}. Expected is Food-101 in its official layout:\n"
            f"  {self._root}/images/apple_pie/1005649.jpg ...\n"
            f"  {self._root}/meta/train.txt, test.txt (lines such as apple_pie/1005649)\n"
            f"  {self._root}/meta/classes.txt (optional: the classes to use)\n"
            "Get food-101.tar.gz (5 GB) from "
            "https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/ and unpack it"
        )


@cache
def _class_folder(images: Path, name: str) -> Path:
    return on_disk(images, name)


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BudamaError(f"{path}: cannot be read: {error}") from error
    return [line.strip() for line in lines if line.strip()]
