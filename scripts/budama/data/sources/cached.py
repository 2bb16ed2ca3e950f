"""Images that were decoded and reduced once, in one memory-mapped file."""

from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from budama.data.layout import CACHE_INDEX, CACHE_PIXELS
from budama.data.sources.base import Source
from budama.system.errors import BudamaError


class _Index(NamedTuple):
    """Compact, because every loader process has its own; sorted by name."""

    names: npt.NDArray[np.bytes_]
    offsets: npt.NDArray[np.int64]
    widths: npt.NDArray[np.int32]
    heights: npt.NDArray[np.int32]


class CachedImages(Source):
    """The cache in a folder: RGB bytes in ``images.bin``, where each image lies in the index.

    Both files are opened at the first image that is read, in whichever process that is.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder = folder

    def check(self) -> None:
        """Raise ``BudamaError`` if a file of the cache is missing."""
        for name in (CACHE_PIXELS, CACHE_INDEX):
            if not (self._folder / name).is_file():
                raise BudamaError(
                    f"{self._folder / name} is missing: make the cache anew with "
                    f"snakemake --cores all {self._folder / CACHE_PIXELS}"
                )

    def read(self, part: str, key: str, sha256: str | None = None) -> Image.Image:
        """Return one image as RGB; raises ``BudamaError`` if it is not in the cache.

        Its original's ``sha256`` was looked at when the cache was made.
        """
        index = self._index
        name = _name(part, key)
        row = int(np.searchsorted(index.names, name))
        if row == len(index.names) or index.names[row] != name:
            raise BudamaError(f"{self._folder}: image {key} of {part} is not in this cache")
        start, width, height = (int(a[row]) for a in (index.offsets, index.widths, index.heights))
        pixels = self._pixels[start : start + 3 * width * height]
        if len(pixels) != 3 * width * height:
            raise BudamaError(
                f"{self._folder / CACHE_INDEX}: is damaged: image {key} of {part} would lie "
                f"outside of {CACHE_PIXELS}; delete both and run again"
            )
        return Image.frombytes("RGB", (width, height), pixels.tobytes())

    @cached_property
    def _index(self) -> _Index:
        self.check()
        table = pd.read_parquet(self._folder / CACHE_INDEX)
        names = np.array([_name(*pair) for pair in zip(table["part"], table["key"], strict=True)])
        order = np.argsort(names)
        numbers = (table[name].to_numpy()[order] for name in ("offset", "width", "height"))
        return _Index(names[order], *numbers)

    @cached_property
    def _pixels(self) -> npt.NDArray[np.uint8]:
        index, path = self._index, self._folder / CACHE_PIXELS
        expected = int((3 * index.widths.astype(np.int64) * index.heights).sum())
        if path.stat().st_size != expected:
            raise BudamaError(
                f"{path} is damaged: {path.stat().st_size:,} bytes and not {expected:,}; make "
                f"the cache anew with snakemake --cores all --force {path}"
            )
        return np.memmap(path, np.uint8, mode="r")


def _name(part: str, key: str) -> bytes:
    return f"{part}/{key}".encode()
