"""Images in WebDataset's shards: tar archives with a label beside each image."""

import json
from collections import Counter
from pathlib import Path

from budama.config.data import TarShards
from budama.data.sources.archives import Archives, is_hidden, key_of, members, plain_name
from budama.data.sources.base import ALL_PARTS, Listing, Original
from budama.data.sources.class_folders import IMAGE_SUFFIXES
from budama.data.sources.labels import in_order
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
        files_of_parts(self._dataset)

    def place(self, part: str, key: str) -> str:
        """Return the archive and the name in it."""
        return self._archives.place(key)

    def content(self, part: str, key: str) -> bytes:
        """Return the bytes of an image."""
        return self._archives.content(key)

    def listing(self) -> Listing:
        """Return every image; classes in the order of their numbers or of the alphabet."""
        import pandas as pd

        files = files_of_parts(self._dataset)
        pairs = [(part, path) for part, paths in files.items() for path in paths]
        skipped: Counter[str] = Counter()
        rows: list[tuple[str, str, str]] = []
        shown = track(pairs, len(pairs), "list", "archives") if len(pairs) > _FEW else pairs
        for part, path in shown:
            rows += [(part, key, label) for key, label in self._shard(path, skipped)]
        images = pd.DataFrame(rows, columns=["part", "key", "text"], dtype="str")
        for part in ("train", "test"):
            if part in files and part not in set(images["part"]):
                raise BudamaError(
                    f"dataset is empty: no images in {files[part][0]} and the other archives of "
                    f"{part}. Expected are images beside their labels: KEY.jpg and KEY.cls"
                )
        classes = in_order(images["text"].unique(), self._root)
        order = {name: label for label, name in enumerate(classes)}
        images["label"] = images["text"].map(order).astype("int64")
        images["part"] = pd.Categorical(images["part"], ALL_PARTS, ordered=True)
        images = images.sort_values(["part", "label", "key"]).astype({"part": "str"})
        images = images[["part", "key", "label"]].reset_index(drop=True)
        return Listing(classes, images, dict(skipped))

    def _shard(self, path: Path, skipped: Counter[str]) -> list[tuple[str, str]]:
        """Return the key and the label of each image in an archive."""
        images: dict[str, str] = {}
        labels: dict[str, dict[str, str]] = {}
        file = str(path.relative_to(self._root))
        with path.open("rb") as archive:
            for member in members(archive, str(path)):
                name = plain_name(member)
                suffix = Path(name).suffix.lower()
                if member.isdir():
                    continue
                reason = _reason_to_skip(member.isreg(), name, suffix)
                if reason:
                    skipped[reason] += 1
                    continue
                if name in images or suffix in labels.get(_stem(name), {}):
                    raise BudamaError(f"{path}: has two files {name}; pack it again")
                if suffix in IMAGE_SUFFIXES:
                    images[name] = key_of(file, name, member)
                else:
                    archive.seek(member.offset_data)
                    content = archive.read(min(member.size, _LONGEST_LABEL))
                    label = self._label(content, suffix, f"{path}: {name}")
                    labels.setdefault(_stem(name), {})[suffix] = label
        paired = _paired(path, list(images), labels)
        return [(images[name], label) for name, label in paired.items()]

    def _label(self, content: bytes, suffix: str, where: str) -> str:
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


def _reason_to_skip(regular: bool, name: str, suffix: str) -> str:
    """Return why a member of an archive is neither an image nor a label; "" if it is one."""
    if is_hidden(name):
        return "hidden files"
    if not regular:
        return "links and special files in archives"
    if suffix not in IMAGE_SUFFIXES and suffix not in LABEL_SUFFIXES:
        return f"{suffix} files" if suffix else "files without a usual suffix"
    return ""


def _stem(name: str) -> str:
    return name[: -len(Path(name).suffix)]


def _paired(path: Path, images: list[str], labels: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the label of each image: that of its name without a suffix.

    Else, as WebDataset does, of its name up to the first dot. Raises ``BudamaError`` if an image
    has none, or if two share one: ``KEY.mask.png`` beside ``KEY.jpg`` is no image to be classified.
    """
    found: dict[str, str] = {}
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
