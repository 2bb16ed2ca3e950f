"""Images in WebDataset's shards: tar archives with a label beside each image."""

import json
from collections import Counter
from functools import cached_property
from pathlib import Path
from tarfile import TarInfo
from typing import BinaryIO

from budama.config.data import TarShards
from budama.data.sources.archives import Archives, key_of, members, plain_name, why_no_image
from budama.data.sources.base import Listing, Original
from budama.data.sources.beside import beside
from budama.data.sources.class_folders import has_image_suffix
from budama.data.sources.reasons import Reason
from budama.data.sources.shards import files_of_parts
from budama.system.errors import BudamaError, did_you_mean
from budama.system.job.progress import track

LABEL_SUFFIXES = (".cls", ".txt", ".json")  # the first that an image has counts
_LONGEST_LABEL = 2**20  # bytes; JSON beside an image may hold more than the label
_FEW = 8  # archives without a bar for their listing


def open_images(dataset: TarShards) -> "TarImages":
    """Return the images in the shards of ``dataset``."""
    return TarImages(dataset)


class TarImages(Original):
    """An image beside its label in an archive; a key says where it lies there.

    So every image is read on its own, in any order, and only the listing goes over the archives.
    """

    def __init__(self, dataset: TarShards) -> None:
        super().__init__(dataset)
        self._dataset = dataset
        self._root = Path(dataset.root)
        self._archives = Archives(self._root)

    def check(self) -> None:
        """Raise ``BudamaError`` if a part has no archive."""
        self._files  # noqa: B018 - looks for them

    def place(self, part: str, key: str) -> str:
        """Return the archive and the name in it."""
        return self._archives.place(key)

    def content(self, part: str, key: str) -> bytes:
        """Return the bytes of an image."""
        return self._archives.content(key)

    def listing(self) -> Listing:
        """Return every image; classes in the order of their numbers or of the alphabet."""
        import pandas as pd

        files = self._files
        pairs = [(part, path) for part, paths in files.items() for path in paths]
        skipped = beside(self._dataset, files, ".tar")
        rows: list[tuple[str, str, str]] = []
        shown = track(pairs, len(pairs), "list", "archives") if len(pairs) > _FEW else pairs
        for part, path in shown:
            rows += [(part, key, label) for key, label in self._shard(path, skipped)]
        images = pd.DataFrame(rows, columns=["part", "key", "label"], dtype="str")
        for part in ("train", "test"):
            if part in files and part not in set(images["part"]):
                raise BudamaError(
                    f"dataset is empty: no images in {files[part][0]} and the other archives of "
                    f"{part}. Expected are images beside their labels: KEY.jpg and KEY.cls"
                )
        return Listing.of_labels(images, self._root, skipped)

    @cached_property
    def _files(self) -> dict[str, list[Path]]:
        return files_of_parts(self._dataset)

    def _shard(self, path: Path, skipped: Counter[str]) -> list[tuple[str, str]]:
        """Return the key and the label of each image in an archive."""
        images: dict[str, str] = {}
        labels: dict[str, dict[str, TarInfo]] = {}
        file = str(path.relative_to(self._root))
        with path.open("rb") as archive:
            for member in members(archive, str(path)):
                name = plain_name(member)
                suffix = Path(name).suffix.lower()
                if member.isdir():
                    continue
                if reason := why_no_image(member, LABEL_SUFFIXES):
                    skipped[reason] += 1
                    continue
                if name in images or suffix in labels.get(_stem(name), {}):
                    raise BudamaError(f"{path}: has two files {name}; pack it again")
                if has_image_suffix(name):
                    images[name] = key_of(file, name, member)
                else:
                    labels.setdefault(_stem(name), {})[suffix] = member
            if not images:
                skipped[Reason.EMPTY_SHARDS] += 1
            paired = _paired(path, list(images), labels)
            used = {_stem(plain_name(member)) for member in paired.values()}
            if alone := len(labels) - len(used):
                skipped[Reason.LABELS_ALONE] += alone
            return [(images[name], self._label(archive, of, path)) for name, of in paired.items()]

    def _label(self, archive: BinaryIO, member: TarInfo, path: Path) -> str:
        """Return the label that a file in an archive holds."""
        where, suffix = f"{path}: {plain_name(member)}", Path(member.name).suffix.lower()
        if member.size > _LONGEST_LABEL:
            raise BudamaError(f"{where}: has {member.size:,} bytes, and a label needs a few")
        archive.seek(member.offset_data)
        content = archive.read(member.size)
        try:
            text = content.decode("utf-8-sig").strip()
            found = json.loads(text) if suffix == ".json" else text
        except ValueError as error:
            kind = "JSON" if suffix == ".json" else "UTF-8"
            raise BudamaError(f"{where}: is not {kind}: {error}") from error
        if suffix == ".json":
            return self._of_json(found, where)
        if not text or "\n" in text:
            lines = len(text.splitlines())
            raise BudamaError(f"{where}: has {lines} lines; one is expected, with the label")
        return text

    def _of_json(self, found: object, where: str) -> str:
        key = self._dataset.label
        if isinstance(found, dict):
            if key not in found:
                raise BudamaError(
                    f"{where}: has no key '{key}' with the label: {did_you_mean(key, found)}. Name "
                    "it: 'label: KEY'"
                )
            found = found[key]
        if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
            raise BudamaError(
                f"{where}: {json.dumps(found)} is no label; expected is a text or a whole number"
            )
        return str(found).strip()


def _stem(name: str) -> str:
    return name[: -len(Path(name).suffix)]


def _paired(
    path: Path, images: list[str], labels: dict[str, dict[str, TarInfo]]
) -> dict[str, TarInfo]:
    """Return the file with the label of each image: that of its name without a suffix.

    Else, as WebDataset does, of its name up to the first dot. Raises ``BudamaError`` if an image
    has none, or if two share one: ``KEY.mask.png`` beside ``KEY.jpg`` is no image to be classified.
    """
    found: dict[str, TarInfo] = {}
    image_of: dict[str, str] = {}
    without = []
    for name in images:
        folder, slash, last = name.rpartition("/")
        key = f"{folder}{slash}{last.partition('.')[0]}"
        own = next((stem for stem in (_stem(name), key) if stem in labels), None)
        if own is None:
            without.append(name)
            continue
        if own in image_of:
            raise BudamaError(
                f"{path}: {image_of[own]} and {name} share one label ({own}.*); pack one image per "
                "key"
            )
        image_of[own] = name
        found[name] = next(
            labels[own][suffix] for suffix in LABEL_SUFFIXES if suffix in labels[own]
        )
    if without:
        raise BudamaError(
            f"{path}: {len(without):,} images have no label; the first is {without[0]}, and there "
            f"is no {_stem(without[0])}.cls, .txt or .json beside it. If its folders are the "
            "classes, unpack it, for 'format: folder'"
        )
    return found
