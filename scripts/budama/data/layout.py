"""Where a dataset's code is, asked while the workflow is planned."""

from pathlib import Path

from budama.config.data import Dataset


def source_name(dataset: Dataset) -> str:
    """Return the name of the module in ``sources`` that reads the dataset's format."""
    return dataset.format.replace("-", "_")


def source_file(dataset: Dataset) -> Path:
    """Return the file that reads the dataset's format: other formats do not matter to it."""
    return Path(__file__).parent / "sources" / f"{source_name(dataset)}.py"
