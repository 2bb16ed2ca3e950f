"""Where a dataset's code and files are, asked while the workflow is planned."""

from pathlib import Path

from budama.config.data import Dataset, FashionMnist, Food101, ImageFolder, ImageNet


def source_name(dataset: Dataset) -> str:
    """Return the name of the module in ``sources`` that reads the dataset's format."""
    return dataset.format.replace("-", "_")


def source_file(dataset: Dataset) -> Path:
    """Return the file that reads the dataset's format: other formats do not matter to it."""
    return Path(__file__).parent / "sources" / f"{source_name(dataset)}.py"


def data_files(dataset: Dataset) -> list[Path]:
    """Return the files of a dataset that are watched, and the folders of one file per image.

    What is missing is left out: the stage that reads it says what is expected.
    """
    root = Path(dataset.root)
    if isinstance(dataset, FashionMnist):
        return sorted(root.glob("*-ubyte*"))
    return [root / name for name in _watched(dataset) if (root / name).exists()]


def _watched(dataset: Dataset) -> tuple[str, ...]:
    match dataset:
        case Food101():
            return ("images", "meta/train.txt", "meta/test.txt", "meta/classes.txt")
        case ImageFolder():
            return (dataset.train, dataset.test)
        case ImageNet():
            return ("train", "val")
        case _:
            return ()  # torchvision vouches for its own files, and may fetch them
