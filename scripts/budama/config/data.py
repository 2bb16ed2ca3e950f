"""Settings of datasets, their splits and their preprocessing."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PositiveFloat

from budama.config.base import Strict, WatchedPath
from budama.system.files.folders import matches, matching
from budama.system.files.names import on_disk


def _name_or_share(given: Any) -> Any:
    """Return a share also where it is a text, as all numbers within ``--config`` are.

    Refuses what is neither in one sentence.
    """
    if isinstance(given, float) and 0 < given < 1:
        return given
    if isinstance(given, str) and given:
        return _share(given) or given
    raise ValueError(
        "give a share of each class, a number between 0 and 1, or the name of what holds the test "
        "part, in quotes if YAML would take it for something else"
    )


def _share(text: str) -> float | None:
    """Return the share that people mean by such as 20%, 2e-1 and 0,2, or ``None``."""
    number, percent, _ = text.strip().replace(",", ".").partition("%")
    try:
        share = float(number) / (100 if percent else 1)
    except ValueError:
        return None
    return share if 0 < share < 1 else None


# Where the test part is, or a share in (0, 1): then it is drawn
NameOrShare = Annotated[str | float, BeforeValidator(_name_or_share)]


class Rooted(Strict):
    """What all formats have: their name, and the folder that holds the dataset."""

    format: str
    root: WatchedPath

    def watched(self) -> list[Path]:
        """Return the files that Snakemake watches, and the folders of one file per image.

        What is missing is left out: the stage that reads it says what is expected.
        """
        return []  # torchvision vouches for its own files, and may fetch them

    def place(self, name: str) -> Path:
        """Return a file or folder under the root, spelled as it is there (``files/names.py``)."""
        return on_disk(Path(self.root), name)

    def _there(self, *names: str) -> list[Path]:
        return [path for name in names if (path := self.place(name)).exists()]


class Photographs(Rooted):
    """Images with a file, or the bytes of a file, each."""

    exif_orientation: bool = True


class Drawn(Photographs):
    """Formats without an official split: what has no test part gets one that is drawn.

    ``test`` is a share of each class then, in (0, 1), and not where the test part is.
    """

    test: NameOrShare = "test"


class FashionMnist(Rooted):
    """Fashion-MNIST in its published four files (``*-idx?-ubyte.gz`` or unpacked)."""

    format: Literal["fashion-mnist"]
    download: bool = False

    def watched(self) -> list[Path]:
        """See ``Rooted``."""
        return sorted(Path(self.root).glob("*-ubyte*"))


class ImageFolder(Drawn):
    """Folders of images, one folder per class: ``ROOT/TRAIN/CLASS/*`` and ``ROOT/TEST/CLASS/*``.

    A folder ``ROOT/VAL`` is the validation part, where there is one and ``val`` is not null. With a
    share as ``test``, the classes may lie in ROOT itself.
    """

    format: Literal["folder"]
    train: str = "train"
    val: str | None = "val"

    def watched(self) -> list[Path]:
        """See ``Rooted``."""
        drawn = not isinstance(self.test, str)
        if drawn and not Path(self.root, self.train).exists():
            return self._there(".")
        parts = [self.train, self.val, None if drawn else str(self.test)]
        return self._there(*dict.fromkeys(part for part in parts if part is not None))


class ImageNet(Photographs):
    """ImageNet as everyone lays it out: ``ROOT/train/SYNSET/*`` and ``ROOT/val/SYNSET/*``.

    In the place of a folder its official archive will do. ``val_labels`` is a list of the synsets
    of val's archive, where the devkit is not beside it.
    """

    format: Literal["imagenet"]
    val_labels: WatchedPath | None = None

    def labels(self) -> Path | None:
        """Return the file of ``val_labels``: where the workflow runs, or else under the root."""
        if self.val_labels is None:
            return None
        here = Path(self.val_labels)
        return here if here.exists() else self.place(self.val_labels)

    def watched(self) -> list[Path]:
        """See ``Rooted``."""
        archives = ("ILSVRC2012_img_train.tar", "ILSVRC2012_img_val.tar")
        labels = [path for path in [self.labels()] if path is not None]
        return [
            *self._there("train", "val", *archives, "ILSVRC2012_devkit_t12.tar.gz"),
            *(path for path in labels if path.exists()),
        ]


class Food101(Photographs):
    """Food-101 as published: ``ROOT/images/CLASS/ID.jpg``, ``ROOT/meta/{train,test}.txt``."""

    format: Literal["food101"]

    def watched(self) -> list[Path]:
        """See ``Rooted``."""
        return self._there("images", "meta/train.txt", "meta/test.txt", "meta/classes.txt")


class TorchvisionSet(Rooted):
    """A dataset that torchvision knows by name, in the folder that torchvision expects."""

    format: Literal["torchvision"]
    name: Literal["cifar10", "cifar100", "fashion-mnist", "flowers102", "oxford-iiit-pet"]
    download: bool = False


class Table(Drawn):
    """A CSV, TSV or Parquet file that names images: ``FILE`` under the root, and its columns.

    Paths are absolute, or relative to the root. ``split`` is the column with the part of an image,
    if there is one, and ``test`` the word there for the test part.
    """

    format: Literal["table"]
    file: WatchedPath
    path: str = "path"
    label: str = "label"
    split: str | None = None

    def watched(self) -> list[Path]:
        """See ``Rooted``."""
        return self._there(self.file)


def _pattern(suffix: str) -> AfterValidator:
    """Refuse what cannot be the pattern of files under a root that end in ``suffix``."""

    def check(pattern: str | float) -> str | float:
        if isinstance(pattern, float):
            return pattern
        if "{" in pattern:
            raise ValueError("braces are not understood here; write * for what differs")
        if pattern.startswith("/") or ".." in Path(pattern).parts:
            raise ValueError("a pattern is relative to the root, and does not lead out of it")
        if any("**" in part and part != "**" for part in Path(pattern).parts):
            raise ValueError("** stands alone between slashes, for any folders: **/train*" + suffix)
        if not pattern.endswith(suffix):
            raise ValueError(f"a pattern is one of files whose names end in {suffix}")
        return pattern

    return AfterValidator(check)


ParquetPattern = Annotated[str, _pattern(".parquet")]
TarPattern = Annotated[str, _pattern(".tar")]


class Sharded(Drawn):
    """Files of many images each; ``train``, ``val`` and ``test`` are patterns under the root.

    What ``test`` names is not of the validation part, too: only one other part may have labels.
    """

    train: str
    val: str
    label: str = "label"

    def files(self) -> dict[str, list[Path]]:
        """Return the files of ``train``, ``val`` and ``test``, sorted; hidden ones are none.

        Links are followed; one file is of a part once, whatever leads to it.
        """
        found = {part: self._matching(getattr(self, part)) for part in ("train", "val", "test")}
        tested = {file.resolve() for file in found["test"]}
        found["val"] = [file for file in found["val"] if file.resolve() not in tested]
        return found

    def asks_for(self, part: str, file: Path) -> bool:
        """Whether a part's pattern would match ``file``, a path under the root that need not be."""
        pattern = getattr(self, part)
        return isinstance(pattern, str) and matches(file.parts, Path(pattern).parts)

    def watched(self) -> list[Path]:
        """See ``Rooted``; what is watched of such a file is its size and date."""
        return sorted({file for files in self.files().values() for file in files})

    def _matching(self, pattern: str | float) -> list[Path]:
        if isinstance(pattern, float):
            return []
        found = set(matching(Path(self.root), Path(pattern).parts))
        files: dict[Path, Path] = {}
        for path in sorted(found, key=lambda path: (path.is_symlink(), path)):
            files.setdefault(path.resolve(), path)
        return sorted(files.values())


class ParquetFiles(Sharded):
    """Parquet files that hold images, as Hugging Face datasets store them.

    ``image`` is the column of bytes or of ``{bytes, path}``, ``label`` that of the classes.
    """

    format: Literal["parquet"]
    train: ParquetPattern = "**/train-*.parquet"
    val: ParquetPattern = "**/validation-*.parquet"
    test: Annotated[NameOrShare, _pattern(".parquet")] = "**/test-*.parquet"
    image: str = "image"


class TarShards(Sharded):
    """WebDataset shards: ``KEY.jpg`` beside ``KEY.cls``, ``KEY.txt`` or ``KEY.json``.

    ``label`` is the key of a JSON file.
    """

    format: Literal["tar"]
    train: TarPattern = "**/*train*.tar"
    val: TarPattern = "**/*val*.tar"
    test: Annotated[NameOrShare, _pattern(".tar")] = "**/*test*.tar"


Dataset = Annotated[
    FashionMnist
    | ImageFolder
    | ImageNet
    | Food101
    | TorchvisionSet
    | Table
    | ParquetFiles
    | TarShards,
    Field(discriminator="format"),
]


class Calibration(Strict):
    """How many training images the data-driven criteria see."""

    batches: int = Field(100, ge=1)
    batch_size: int = Field(64, ge=1)

    def images(self, available: int) -> int:
        """Return how many of so many images are used: whole batches, if there is one at least."""
        found = min(self.batches * self.batch_size, available)
        return found - found % self.batch_size if found > self.batch_size else found


def images_drawn(training: int, calibration: Calibration, selection: int) -> tuple[int, int]:
    """Return how many of so many training images go to calibration and how many to selection.

    Where calibration would take nearly all of them, a fifth is kept for selection.
    """
    kept = min(selection, max(1, training // 5), training - 1)
    calibrating = calibration.images(training - kept)
    return calibrating, min(selection, training - calibrating)


class Preprocessing(Strict):
    """Overrides of the model's own preprocessing; what is left out stays the model's."""

    mean: tuple[float, float, float] | None = None
    std: tuple[PositiveFloat, PositiveFloat, PositiveFloat] | None = None
    interpolation: Literal["bilinear", "bicubic"] | None = None
    crop: float | None = Field(None, gt=0, le=1)
