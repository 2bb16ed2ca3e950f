"""Datasets, one file per format: which images there are, and one image at a time.

A format's file is imported only where a dataset has that format, so that a change in one does not
make the results of the others stale. Imports no torch unless a dataset of torchvision is read.
"""

from importlib import import_module

from budama.config.data import Dataset
from budama.data.layout import source_name
from budama.data.sources.base import ALL_PARTS, PARTS, Original, Source

__all__ = ["ALL_PARTS", "PARTS", "Original", "Source", "open_source"]


def open_source(dataset: Dataset) -> Original:
    """Return the dataset that the config describes; nothing is read yet."""
    module = import_module(f"budama.data.sources.{source_name(dataset)}")
    source: Original = module.open_images(dataset)
    return source
