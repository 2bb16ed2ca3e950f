"""What all datasets have in common."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from budama.data.blocks import Blocks
from budama.data.sources.decoding import UnreadableError, decode
from budama.data.sources.labels import in_order
from budama.system.errors import BudamaError

if TYPE_CHECKING:  # large, and each process that reads images has its own: only a listing needs it
    import pandas as pd

# What published datasets have; others may have a validation part, or training images alone: what is
# missing is drawn from these when a task's data is prepared
PARTS = ("train", "test")
ALL_PARTS = ("train", "val", "test")


class Source(ABC):
    """Images that can be read one by one.

    Cheap to send to another process: only what the constructor was given goes there, and what is
    read or opened on the way is read again.
    """

    def __init__(self, origin: Any) -> None:
        self._origin = origin

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._origin,)

    @abstractmethod
    def check(self) -> None:
        """Raise ``BudamaError`` that says what is expected where, if the images are not there."""

    @abstractmethod
    def read(self, part: str, key: str, sha256: str | None = None) -> Image.Image:
        """Return one image as RGB; raises ``BudamaError`` if it cannot be decoded.

        ``sha256`` is what the audit found of its content; another content is an error, too.
        """

    def blocks(self, images: "pd.DataFrame") -> Blocks | None:
        """Return which of ``images`` (``part``, ``key``, ``label``) are to be trained on together.

        ``None``: they may come in any order, as they do where one is read as fast as another.
        """
        return None


class Listing(NamedTuple):
    """Every image of a dataset: ``part`` (one of ``ALL_PARTS``), ``key`` (str), ``label`` (int).

    ``skipped`` counts what lies there and is no image of it, by the reason in words.
    """

    classes: list[str]
    images: "pd.DataFrame"
    skipped: dict[str, int]

    @classmethod
    def of(
        cls,
        classes: list[str],
        rows: list[tuple[str, str, int]],
        skipped: Mapping[str, int] | None = None,
    ) -> "Listing":
        """Make a listing of rows of part, key and label."""
        import pandas as pd

        table = pd.DataFrame(rows, columns=["part", "key", "label"])
        return cls(classes, table.astype({"label": "int64"}), dict(skipped or {}))

    @classmethod
    def of_labels(
        cls, images: "pd.DataFrame", where: object, skipped: Mapping[str, int]
    ) -> "Listing":
        """Make a listing of part, key and ``label`` in words, sorted by part, class and key.

        Classes are in the order of their numbers or of the alphabet. Raises ``BudamaError`` that
        begins with ``where`` if the labels make no classes (``labels.in_order``).
        """
        import pandas as pd

        classes = in_order(images["label"].unique(), where)
        order = {name: label for label, name in enumerate(classes)}
        images = images.assign(label=images["label"].map(order).astype("int64"))
        images["part"] = pd.Categorical(images["part"], ALL_PARTS, ordered=True)
        images = images.sort_values(["part", "label", "key"]).astype({"part": "str"})
        return cls(classes, images[["part", "key", "label"]].reset_index(drop=True), dict(skipped))


class Original(Source):
    """A dataset as it was published, and not as a task prepares it."""

    @abstractmethod
    def listing(self) -> Listing:
        """Return every image; raises ``BudamaError`` if the layout is not the expected one."""

    @abstractmethod
    def place(self, part: str, key: str) -> str:
        """Return words for a message that tell a user which image is meant."""

    @abstractmethod
    def content(self, part: str, key: str) -> bytes:
        """Return the bytes of the image's file, or its pixels where it has no file of its own.

        Raises ``UnreadableError`` if they cannot be read.
        """

    def sketch(self) -> str:
        """Return what the dataset looks like, for a message; nothing if there is nothing to add."""
        return ""

    def decode(self, content: bytes) -> Image.Image:
        """Return what ``content`` gave as an RGB image; raises ``UnreadableError``."""
        return decode(content, upright=getattr(self._origin, "exif_orientation", True))

    def read(self, part: str, key: str, sha256: str | None = None) -> Image.Image:
        """Return one image as RGB; raises ``BudamaError`` if it cannot be decoded.

        With ``sha256``, also if its content is another one.
        """
        try:
            content = self.content(part, key)
            # as cheap beside decoding (about 1%) as it is sure: sizes and times of files are not
            if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
                raise BudamaError(
                    f"{self.place(part, key)}: has changed since the dataset was audited (its "
                    f"SHA-256 is another one). {self._undo()}"
                )
            return self.decode(content)
        except UnreadableError as error:
            raise BudamaError(
                f"{self.place(part, key)}: cannot be decoded as an image: {error}. If the data has "
                f"changed since it was audited: {self._undo()}"
            ) from error

    @staticmethod
    def _undo() -> str:
        return (
            "Put the old file back and run again, or audit the changed data, on which everything "
            "is then made anew: your command again, with --forcerun audit at its end"
        )


def leads_out(key: str) -> bool:
    """Whether a path that is to be relative to a folder would leave it, or is none at all.

    Links inside the folder are its owner's affair.
    """
    return key.startswith("/") or ".." in key.split("/") or "\0" in key


def file_content(path: Path) -> bytes:
    """Return the bytes of a file; raises ``UnreadableError``."""
    try:
        if path.exists() and not path.is_file():
            raise UnreadableError("it is not a regular file")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableError("the file is missing") from error
    except OSError as error:
        raise UnreadableError(error.strerror or type(error).__name__) from error


class Files(Original):
    """Images with a file each."""

    @abstractmethod
    def path(self, part: str, key: str) -> Path:
        """Return the file of one image."""

    def place(self, part: str, key: str) -> str:
        """Return the path of the image."""
        return str(self.path(part, key))

    def content(self, part: str, key: str) -> bytes:
        """Return the bytes of the image's file."""
        if leads_out(key):
            raise UnreadableError("its name leads out of the dataset's folder")
        return file_content(self.path(part, key))


class Pixels(Original):
    """Images of one size that share a few files; the key is an image's index there."""

    @abstractmethod
    def pixels(self, part: str) -> npt.NDArray[np.uint8]:
        """Return ``[images, height, width]`` (grey) or ``[images, height, width, 3]`` (RGB)."""

    def content(self, part: str, key: str) -> bytes:
        """Return the pixels of one image."""
        content: bytes = self.pixels(part)[int(key)].tobytes()
        return content

    def decode(self, content: bytes) -> Image.Image:
        """Return the pixels that ``content`` gave as an RGB image."""
        shape = self.pixels("train").shape[1:]
        return Image.fromarray(np.frombuffer(content, np.uint8).reshape(shape)).convert("RGB")
