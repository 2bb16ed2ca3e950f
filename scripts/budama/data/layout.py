"""Which files a dataset consists of, where they are few enough to be named one by one."""

from pathlib import Path

from budama.config.data import Dataset, FashionMnist


def data_files(dataset: Dataset) -> list[str]:
    """Return the files that Snakemake should watch; none where there would be one per image.

    Files that are missing are left out: the stage that reads them says what is expected.
    """
    if not isinstance(dataset, FashionMnist):
        return []
    return sorted(str(path) for path in Path(dataset.root).glob("*-ubyte*"))
