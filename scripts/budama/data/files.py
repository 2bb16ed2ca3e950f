"""What the audit of a dataset, its cache and a task's splits are called in their folders.

By themselves, not in ``config/places.py``: training depends on these names and on no others, and a
name that is added for a report must not train anew.
"""

# In the folder of a dataset
AUDIT = "audit.json"
IMAGES = "images.parquet"
# in the folder of its cache
CACHE = "cache.json"
CACHE_INDEX = "index.parquet"
CACHE_PIXELS = "images.bin"
# in the folder of a task's data
SPLITS = "splits.parquet"
MANIFEST = "manifest.json"
