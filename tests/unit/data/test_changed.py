"""Images and indexes that are not what the audit saw."""

import os
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from budama.config.data import Calibration, ImageFolder
from budama.data.loading import evaluation_batches
from budama.data.prepared import PreparedData
from budama.data.sources import open_source
from budama.data.sources.decoding import UnreadableError
from budama.models.preprocessing import Input
from budama.stages.cache import cache
from budama.system.errors import BudamaError
from tests.inputs import IN_THIS_PROCESS, prepared
from tests.unit.data.trees import write_image

SPEC = Input(size=8, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bilinear", crop=1.0)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    for place in range(12):
        part = "test" if place % 3 == 2 else "train"
        write_image(tmp_path / "photos" / part / "ab"[place % 2] / f"{place}.png", 20 * place)
    prepared(dataset(tmp_path), tmp_path, Calibration(batches=1, batch_size=4))
    return tmp_path


def dataset(folder: Path) -> ImageFolder:
    return ImageFolder(format="folder", root=str(folder / "photos"))


def read_all(data: PreparedData, workers: int = 0) -> None:
    for _ in evaluation_batches(data, "test", SPEC, 2, workers):
        pass


def swap(photographs: Path) -> Path:
    """Change one test image; its size and its date stay."""
    image = photographs / "photos/test/a/2.png"
    before = image.stat()
    write_image(image, 41)
    assert image.stat().st_size == before.st_size
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
    return image


@pytest.mark.parametrize("workers", [0, 1])
def test_an_image_that_has_changed_is_named_when_it_is_used(
    photographs: Path, workers: int
) -> None:
    data = PreparedData.open(photographs / "data")
    read_all(data, workers)
    image = swap(photographs)
    said = rf"^{image}: has changed since the dataset was audited .*--forcerun audit at its end$"
    with pytest.raises(BudamaError, match=said):
        read_all(data, workers)


def test_a_cache_is_not_built_of_changed_images(photographs: Path) -> None:
    settings: Any = {"audit": photographs / "audit/audit.json", "pixels": 8}
    cache(**settings, folder=photographs / "cache", execution=IN_THIS_PROCESS)
    swap(photographs)
    with pytest.raises(BudamaError, match=r"2.png: has changed since the dataset was audited"):
        cache(**settings, folder=photographs / "again", execution=IN_THIS_PROCESS)
    assert not (photographs / "again/images.bin").exists()


def test_data_that_is_gone_since_is_told(photographs: Path) -> None:
    shutil.rmtree(photographs / "photos/test")
    with pytest.raises(BudamaError, match=r"the test folder .*/photos/test is missing"):
        PreparedData.open(photographs / "data")


@pytest.mark.parametrize("key", ["../../secret.png", "a/../../../secret.png", "{}/secret.png"])
def test_an_index_from_elsewhere_reads_nothing_outside_the_dataset(
    photographs: Path, key: str
) -> None:
    write_image(photographs / "secret.png", 99)
    key = key.format(photographs)
    with pytest.raises(UnreadableError, match="its name leads out of the dataset's folder"):
        open_source(dataset(photographs)).content("test", key)
    table = pd.read_parquet(photographs / "data/splits.parquet")
    table.loc[table["split"] == "test", "key"] = key
    table.to_parquet(photographs / "data/splits.parquet")
    with pytest.raises(BudamaError, match="its name leads out of the dataset's folder"):
        read_all(PreparedData.open(photographs / "data"))


@pytest.mark.parametrize("what", ["column", "part", "noise", "manifest"])
def test_an_index_that_is_none_is_refused(photographs: Path, what: str) -> None:
    splits, manifest = (photographs / "data" / n for n in ("splits.parquet", "manifest.json"))
    table = pd.read_parquet(splits)
    match what:
        case "column":
            table.drop(columns="sha256").to_parquet(splits)
        case "part":
            table.assign(part="../../etc").to_parquet(splits)
        case "noise":
            splits.write_bytes(b"PAR1" + bytes(100))
        case "manifest":
            manifest.write_text('{"cache": null, "dataset": {"format": "pickle", "root": "/"}}')
    with pytest.raises(BudamaError, match=r"manifest.json or splits.parquet is damaged .*delete"):
        PreparedData.open(photographs / "data")


def test_splits_of_an_older_release_are_said_to_be_old(photographs: Path) -> None:
    splits = photographs / "data/splits.parquet"
    pd.read_parquet(splits).drop(columns="selection").to_parquet(splits)
    with pytest.raises(BudamaError, match=r"prepared by an older release.*delete it and manifest"):
        PreparedData.open(photographs / "data")
