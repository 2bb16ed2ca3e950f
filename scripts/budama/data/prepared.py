"""Which image is used for what: the splits of a task, as every stage reads them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from budama.config.data import Dataset
from budama.data.layout import MANIFEST, SPLITS
from budama.data.sources import ALL_PARTS, Source, open_source
from budama.data.sources.cached import CachedImages
from budama.system.errors import BudamaError
from budama.system.files.json_file import read_json

# Training images that the cut is made with; they are trained on, too. Their columns hold the place
# of an image in the order in which these were drawn, or -1.
DRAWN = ("calibration", "selection")
COLUMNS = ["part", "key", "label", "split", *DRAWN, "sha256"]


@dataclass(frozen=True)
class PreparedData:
    """What the stage ``prepare`` wrote, opened for reading."""

    source: Source
    splits: pd.DataFrame
    classes: list[str]

    @classmethod
    def open(cls, folder: Path) -> "PreparedData":
        """Open ``folder``.

        Raises ``BudamaError`` if a file there is damaged or an older release's, or the dataset or
        its cache gone since.
        """
        manifest = read_json(folder / MANIFEST)
        try:
            source = _source(manifest)
            splits = _splits(folder / SPLITS)
            classes = list(manifest["classes"])
            if not set(splits["part"]) <= set(ALL_PARTS):
                raise ValueError("images are of the parts train, val and test")
        except (KeyError, TypeError, ValueError, OSError) as error:
            reason = " ".join(str(error).split())
            raise BudamaError(
                f"{folder}: {MANIFEST} or {SPLITS} is damaged ({reason}); delete both and run again"
            ) from error
        source.check()
        return cls(source, splits, classes)

    def rows(self, split: str) -> pd.DataFrame:
        """Return the rows of one split, or of ``calibration`` or ``selection`` in their order."""
        if split in DRAWN:
            return self.splits[self.splits[split] >= 0].sort_values(split)
        return self.splits[self.splits["split"] == split]


def _splits(path: Path) -> pd.DataFrame:
    table = pd.read_parquet(path)
    if "selection" not in table and "calibration" in table:
        raise BudamaError(
            f"{path} was prepared by an older release, without the column selection; delete it and "
            f"{MANIFEST} beside it, and run again"
        )
    return table[COLUMNS]


def _source(manifest: dict[str, Any]) -> Source:
    if manifest["cache"]:
        return CachedImages(Path(manifest["cache"]))
    return open_source(TypeAdapter(Dataset).validate_python(manifest["dataset"]))
