"""Where a dataset's code and files are, asked while the workflow is planned."""

from pathlib import Path

from budama.config.data import Dataset, FashionMnist, Food101


def source_name(dataset: Dataset) -> str:
    """Return the name of the module in ``sources`` that reads the dataset's format."""
    return dataset.format.replace("-", "_")


def source_file(dataset: Dataset) -> Path:
    """Return the file that reads the dataset's format: other formats do not matter to it."""
    return Path(__file__).parent / "sources" / f"{source_name(dataset)}.py"


def data_files(dataset: Dataset) -> list[str]:
    """Return the files that Snakemake should watch; none where there would be one per image.

    Files that are missing are left out: the stage that reads them says what is expected.
    """
    if isinstance(dataset, FashionMnist):
        return sorted(str(path) for path in Path(dataset.root).glob("*-ubyte*"))
    if isinstance(dataset, Food101):
        names = ("train.txt", "test.txt", "classes.txt")
        files = [Path(dataset.root) / "meta" / name for name in names]
        return [str(path) for path in files if path.is_file()]
    return []
