"""Any folder of class folders."""

from pathlib import Path

from budama.config.data import ImageFolder
from budama.data.sources.base import PARTS, Files, Listing
from budama.data.sources.class_folders import images_by_class
from budama.system.errors import BudamaError, did_you_mean

LAYOUT = "Expected: FOLDER/CLASS/IMAGE, with one folder per class (jpg, png, webp, bmp or tiff)"


def open_images(dataset: ImageFolder) -> "FolderImages":
    """Return the images under the folders of ``dataset``."""
    return FolderImages(dataset)


class FolderImages(Files):
    """``ROOT/TRAIN/CLASS/*`` and ``ROOT/TEST/CLASS/*``; the classes are those of the first."""

    def __init__(self, dataset: ImageFolder) -> None:
        super().__init__(dataset)
        root = Path(dataset.root)
        self._folders = {"train": root / dataset.train, "test": root / str(dataset.test)}

    def path(self, part: str, key: str) -> Path:
        """Return the file of one image."""
        return self._folders[part] / key

    def check(self) -> None:
        """Raise ``BudamaError`` if one of the two folders is missing."""
        for part, folder in self._folders.items():
            if not folder.is_dir():
                raise BudamaError(
                    f"dataset not found: the {part} folder {folder} is missing. {LAYOUT}"
                )

    def listing(self) -> Listing:
        """Return every image, classes in alphabetical order."""
        self.check()
        found = {part: images_by_class(folder) for part, folder in self._folders.items()}
        for part, folder in self._folders.items():
            if not any(found[part].values()):
                raise BudamaError(f"dataset is empty: no images under {folder}. {LAYOUT}")
        classes = sorted(found["train"])
        for name in found["test"]:
            if name not in found["train"]:
                raise BudamaError(
                    f"{self._folders['test']}: class '{name}' has no training images: "
                    f"{did_you_mean(name, classes)}"
                )
        rows = [
            (part, key, label)
            for part in PARTS
            for label, name in enumerate(classes)
            for key in found[part].get(name, [])
        ]
        return Listing.of(classes, rows)
