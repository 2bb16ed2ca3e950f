"""The cache: images decoded and reduced once, for machines that decode slowly."""

import hashlib
import logging
import shutil
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from budama.data.audited import Audited
from budama.data.files import CACHE, CACHE_INDEX, CACHE_PIXELS
from budama.data.parallel import each_in_processes
from budama.data.sources import Original, open_source
from budama.system.errors import BudamaError
from budama.system.files.atomic import replacing, write_json, write_parquet
from budama.system.job.progress import track

log = logging.getLogger("budama")
CHANNELS = 3


class Slot(NamedTuple):
    """One image, its content's SHA-256, and where it goes: byte offset and size in pixels."""

    part: str
    key: str
    sha256: str
    offset: int
    width: int
    height: int


def build_cache(audited: Audited, pixels: int, folder: Path, processes: int = 0) -> None:
    """Write every readable image of a dataset as uint8 RGB into one file in ``folder``.

    Images whose shorter side is above ``pixels`` are reduced to it (bicubic, antialiased). The
    audit knows all sizes, so that each process writes its images to their places: nothing is held
    in memory. Raises ``BudamaError`` if the disk is too small or an image is not as it was audited.
    """
    table = index_of(audited.images, pixels)
    size = int((CHANNELS * table["width"] * table["height"]).sum())
    slots = [
        Slot(part, key, sha256, *place)
        for (part, key, *place), sha256 in zip(
            table.itertuples(index=False), audited.images["sha256"], strict=True
        )
    ]
    with replacing(folder / CACHE_PIXELS) as part:
        _check_space(folder, size)
        with part.open("wb") as file:
            file.truncate(size)
        work = partial(store, open_source(audited.dataset), part)
        done = each_in_processes(work, slots, processes, _died)
        hashes = hashlib.sha256()
        for digest in track(done, len(slots), "cache", "images"):
            hashes.update(digest)
    write_parquet(folder / CACHE_INDEX, table)
    # small: its content tells later stages whether a cache that was made anew is the same
    write_json(
        folder / CACHE,
        {
            "fingerprint": audited.fingerprint,
            "pixels": pixels,
            "images": len(slots),
            "bytes": size,
            # of the hashes of the images, which are taken where these are in memory already
            "sha256": hashes.hexdigest(),
        },
    )
    log.info("cache: %d images, %.1f MiB", len(slots), size / 2**20)


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


def _check_space(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise BudamaError(
            f"{folder}: the cache needs {size / 2**30:.1f} GiB and the disk has {free / 2**30:.1f} "
            "GiB left; free some space, or give the task a smaller 'cache'"
        )


def _died(slot: Slot) -> bytes:
    raise BudamaError(
        f"a process ended while it decoded {slot.key} ({slot.part}), which the audit could read: "
        "if memory is short, use fewer threads"
    )
