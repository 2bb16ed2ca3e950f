"""Where a dataset's code is, and what the audit, the cache and a task's splits leave.

The names stand here, not in ``config/places.py``: training depends on them and on no others, and
a name that is added for a report must not train anew.
"""

from pathlib import Path

from budama.config.data import Dataset

AUDIT = "audit.json"
MOST_BYTES = 2**30  # of it: it lists every image that cannot be read
IMAGES = "images.parquet"
# in the folder of its cache
CACHE = "cache.json"
CACHE_INDEX = "index.parquet"
CACHE_PIXELS = "images.bin"
# in the folder of a task's data
SPLITS = "splits.parquet"
MANIFEST = "manifest.json"


def source_name(dataset: Dataset) -> str:
    """Return the name of the module in ``sources`` that reads the dataset's format."""
    return dataset.format.replace("-", "_")


def source_file(dataset: Dataset) -> Path:
    """Return the file that reads the dataset's format: other formats do not matter to it."""
    return Path(__file__).parent / "sources" / f"{source_name(dataset)}.py"
