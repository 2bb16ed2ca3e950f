"""What the audit of a dataset, its cache and a task's splits are called in their folders.

By themselves, not in ``config/places.py``: training depends on these names and on no others, and a
name that is added for a report must not train anew.
"""

AUDIT = "audit.json"
IMAGES = "images.parquet"
CACHE = "cache.json"
CACHE_INDEX = "index.parquet"
CACHE_PIXELS = "images.bin"
SPLITS = "splits.parquet"
MANIFEST = "manifest.json"
