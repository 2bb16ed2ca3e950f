"""ImageNet's official archives, as they are: a tar of one tar per class, and a tar of images."""

from collections import Counter
from functools import cached_property
from pathlib import Path, PurePosixPath
from tarfile import TarInfo

from budama.config.data import ImageNet
from budama.data.sources.archives import (
    Archives,
    key_of,
    members,
    plain_name,
    why_hidden,
    why_no_image,
)
from budama.data.sources.imagenet_labels import DEVKIT, Synsets, from_devkit, from_list
from budama.data.sources.reasons import Reason
from budama.system.errors import BudamaError
from budama.system.job.progress import track

TRAIN, VAL = "ILSVRC2012_img_train.tar", "ILSVRC2012_img_val.tar"
Keys = dict[str, list[str]]  # of each synset


class ImageNetArchives:
    """The two archives under a root; keys say where an image lies, and sort as files would."""

    def __init__(self, dataset: ImageNet) -> None:
        self._root = Path(dataset.root)
        self._list = dataset.labels()
        self.files = Archives(self._root)

    def has(self, part: str) -> bool:
        """Whether the archive of a part is there."""
        return self._path(part).is_file()

    def check(self, part: str) -> None:
        """Raise ``BudamaError`` if the archive is there and what tells its labels is not."""
        if part == "test" and self._list is None and not (self._root / DEVKIT).is_file():
            raise BudamaError(
                f"{self._path(part)}: nothing tells the classes of its images. Put {DEVKIT} beside "
                "it (https://image-net.org), or name a list of their synsets: 'val_labels: FILE'"
            )

    def keys(self, part: str, skipped: Counter[str]) -> Keys:
        """Return the keys of a part's images by their synsets; ``skipped`` counts what is none."""
        self.check(part)
        found = self._train(skipped) if part == "train" else self._val(skipped)
        if not any(found.values()):
            raise BudamaError(f"dataset is empty: no images in {self._path(part)}")
        return {synset: sorted(keys) for synset, keys in found.items()}

    def _path(self, part: str) -> Path:
        return self._root / (TRAIN if part == "train" else VAL)

    def _train(self, skipped: Counter[str]) -> Keys:
        path, found = self._path("train"), Keys()
        with path.open("rb") as file:
            inner = list(members(file, str(path)))
            for member in track(inner, len(inner), "list", "archives"):
                name = plain_name(member)
                if member.isdir():
                    continue
                if not member.isreg() or why_hidden(name) or not name.endswith(".tar"):
                    skipped[Reason.NOT_OF_A_CLASS] += 1
                    continue
                synset = PurePosixPath(name).stem
                end = member.offset_data + member.size
                where = f"{path}: {name}"
                for image in members(file, where, member.offset_data, end):
                    if _is_image(image, skipped):
                        key = key_of(TRAIN, f"{synset}/{plain_name(image)}", image)
                        found.setdefault(synset, []).append(key)
        return found

    def _val(self, skipped: Counter[str]) -> Keys:
        path, found = self._path("test"), Keys()
        with path.open("rb") as file:
            for image in members(file, str(path)):
                if not _is_image(image, skipped):
                    continue
                name = plain_name(image)
                synset = self._synsets(name)
                if synset is None:
                    raise BudamaError(
                        f"{path}: {name} has no class in {self._list or self._root / DEVKIT}; "
                        "names are like ILSVRC2012_val_00000293.JPEG, whose number is a line's"
                    )
                found.setdefault(synset, []).append(key_of(VAL, name, image))
        return found

    @cached_property
    def _synsets(self) -> Synsets:
        return from_list(self._list) if self._list else from_devkit(self._root / DEVKIT)


def _is_image(member: TarInfo, skipped: Counter[str]) -> bool:
    if member.isdir():
        return False
    if why := why_no_image(member):
        skipped[why] += 1
    return not why
