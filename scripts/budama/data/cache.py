"""The places of images in a cache, and how each gets into its own."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from budama.data.sources import Original
from budama.system.errors import BudamaError

CHANNELS = 3


class Slot(NamedTuple):
    """One image, its content's SHA-256, and where it goes: byte offset and size in pixels."""

    part: str
    key: str
    sha256: str
    offset: int
    width: int
    height: int


def index_of(images: pd.DataFrame, pixels: int) -> pd.DataFrame:
    """Return ``part``, ``key``, ``offset`` (bytes), ``width`` and ``height`` of each cached image.

    ``images`` has the original sizes. Rounded as torchvision's ``Resize`` does, so that reducing to
    ``pixels`` afterwards changes nothing.
    """
    shorter = images[["width", "height"]].min(axis=1)
    size = {
        side: images[side].where(shorter <= pixels, pixels * images[side] // shorter)
        for side in ("width", "height")
    }
    table = images[["part", "key"]].assign(offset=0, **size)
    lengths = CHANNELS * table["width"] * table["height"]
    table["offset"] = np.cumsum(lengths) - lengths
    return table.astype({"offset": "int64", "width": "int32", "height": "int32"})


def store(source: Original, path: Path, slot: Slot) -> bytes:
    """Write one image to its place in ``path``; return the SHA-256 of its pixels."""
    image = source.read(slot.part, slot.key, slot.sha256)
    size = (slot.width, slot.height)
    if image.size != size:
        _check_shape(source, image, slot)
        image = image.resize(size, Image.Resampling.BICUBIC)
    pixels = image.tobytes()
    with path.open("r+b") as file:
        file.seek(slot.offset)
        file.write(pixels)
    return hashlib.sha256(pixels).digest()


def _check_shape(source: Original, image: Image.Image, slot: Slot) -> None:
    """Raise ``BudamaError`` unless ``image`` has the proportions that ``slot`` was made for."""
    shorter, target = min(image.size), min(slot.width, slot.height)
    expected = (target * image.width // shorter, target * image.height // shorter)
    if shorter < target or expected != (slot.width, slot.height):
        raise BudamaError(
            f"{source.place(slot.part, slot.key)}: has changed since the dataset was "
            "audited; audit it again: your command with --forcerun audit at its end"
        )
