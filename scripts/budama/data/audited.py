"""What the audit of a dataset found, as later stages read it."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pydantic import TypeAdapter

from budama.config.data import Dataset
from budama.data.layout import AUDIT, IMAGES, MOST_BYTES
from budama.system.errors import BudamaError
from budama.system.files.json_file import read_json


class Audited(NamedTuple):
    """A dataset, its classes, a SHA-256 of its content, and one row per image that can be read.

    ``images`` has ``part`` (train, val or test), ``key``, ``label``, ``width``, ``height`` and
    ``sha256``; ``unreadable`` counts the images that are left out.
    """

    dataset: Dataset
    classes: list[str]
    fingerprint: str
    images: pd.DataFrame
    unreadable: int

    @classmethod
    def open(cls, folder: Path) -> "Audited":
        """Read what ``audit`` wrote into ``folder``; raises ``BudamaError`` if it is not whole."""
        if not (folder / IMAGES).is_file():
            raise BudamaError(
                f"{folder / IMAGES} is missing: audit the dataset again with "
                f"snakemake --cores all --force {folder / AUDIT}"
            )
        found = read_json(folder / AUDIT, MOST_BYTES)
        table = pd.read_parquet(folder / IMAGES)
        readable = table[table["problem"].isna()].drop(columns="problem")
        return cls(
            dataset=TypeAdapter(Dataset).validate_python(found["dataset"]),
            classes=found["classes"],
            fingerprint=found["fingerprint"],
            images=readable.reset_index(drop=True).astype({"width": "int64", "height": "int64"}),
            unreadable=len(table) - len(readable),
        )
