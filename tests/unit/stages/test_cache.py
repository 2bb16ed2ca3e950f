import multiprocessing
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torchvision.transforms.v2 as transforms
from PIL import ExifTags, Image
from torch.utils.data import DataLoader, Dataset

from budama.config.data import Calibration, ImageFolder
from budama.data.audited import Audited
from budama.data.prepared import PreparedData
from budama.data.sources import Source, open_source
from budama.stages.audit import audit
from budama.stages.cache import cache
from budama.system.errors import BudamaError
from budama.system.job.device import Execution
from tests.inputs import IN_THIS_PROCESS, split
from tests.unit.data.trees import write_photograph

SIZES = [(40, 30), (31, 97), (16, 50), (20, 12), (24, 24), (60, 17)]


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """An audited dataset; returns the folder of its audit."""
    for part in ("train", "test"):
        for index, size in enumerate(SIZES):
            write_photograph(tmp_path / part / "aaabbb"[index] / f"{index}.png", size, index)
    (tmp_path / "train" / "a" / "9.png").write_bytes(b"")
    dataset = ImageFolder(format="folder", root=str(tmp_path))
    audit(dataset=dataset, folder=tmp_path / "audit", execution=IN_THIS_PROCESS)
    return tmp_path / "audit"


def cached(audit_folder: Path, pixels: int = 16, processes: int = 0) -> PreparedData:
    folder = audit_folder / f"cache-{pixels}"
    audited, execution = audit_folder / "audit.json", Execution(threads=processes)
    cache(audit=audited, pixels=pixels, folder=folder, execution=execution)
    calibration = Calibration(batches=1, batch_size=2)
    return split(audit_folder, audit_folder / "data", calibration, folder)


def test_what_is_read_is_what_resizing_the_original_gives(photographs: Path) -> None:
    data = cached(photographs)
    original = open_source(Audited.open(photographs).dataset)
    resize = transforms.Resize(16, transforms.InterpolationMode.BICUBIC, antialias=True)
    assert len(data.splits) == 2 * len(SIZES)
    for part, key in zip(data.splits["part"], data.splits["key"], strict=True):
        expected = original.read(part, key)
        if min(expected.size) > 16:
            expected = resize(expected)
        found = data.source.read(part, key)
        assert found.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


def test_the_number_of_processes_does_not_change_a_byte(photographs: Path) -> None:
    cached(photographs)
    before = (photographs / "cache-16/images.bin").read_bytes()
    cached(photographs, processes=2)
    assert (photographs / "cache-16/images.bin").read_bytes() == before


def test_other_pixels_make_another_manifest(
    photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large files are compared by date, and the cache is: what follows is told by a small one."""
    manifest = photographs / "data/manifest.json"
    cached(photographs)
    before = manifest.read_text()
    cached(photographs, processes=2)
    assert manifest.read_text() == before
    resize, nearest = Image.Image.resize, Image.Resampling.NEAREST
    monkeypatch.setattr(Image.Image, "resize", lambda image, size, _: resize(image, size, nearest))
    cached(photographs)
    assert manifest.read_text() != before


class Images(Dataset[npt.NDArray[np.uint8]]):
    def __init__(self, source: Source, keys: Sequence[str]) -> None:
        self.source, self.keys = source, keys

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, index: int) -> Any:
        return np.asarray(self.source.read("test", self.keys[index]))


def test_loader_processes_read_it(photographs: Path) -> None:
    data = cached(photographs)
    images = Images(data.source, data.rows("test")["key"].tolist())
    expected = [images[index] for index in range(len(images))]  # it is open here already
    loader = DataLoader(images, None, num_workers=1, multiprocessing_context="fork")
    for found, image in zip(loader, expected, strict=True):
        np.testing.assert_array_equal(found, image)
    assert len(pickle.dumps(data.source)) < 1000
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        spawned = pool.starmap(data.source.read, [("test", key) for key in images.keys])
    for found, image in zip(spawned, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(found), image)


def test_the_originals_are_not_needed_any_more(photographs: Path) -> None:
    data = cached(photographs)
    (photographs.parent / "train").rename(photographs.parent / "moved")
    (photographs.parent / "test").rename(photographs.parent / "moved too")
    data = PreparedData.open(photographs / "data")
    assert data.source.read("test", "a/0.png").size == (21, 16)
    with pytest.raises(BudamaError, match=r"image a/99999999.png of test is not in this cache"):
        data.source.read("test", "a/99999999.png")


def test_a_cache_that_is_gone_or_cut_short_is_told(photographs: Path) -> None:
    cached(photographs)
    pixels = photographs / "cache-16/images.bin"
    pixels.write_bytes(pixels.read_bytes()[:-1])
    with pytest.raises(BudamaError, match=r"images.bin is damaged: .* --force .*/images.bin"):
        PreparedData.open(photographs / "data").source.read("test", "a/0.png")
    pixels.unlink()
    with pytest.raises(BudamaError, match=r"images.bin is missing: make the cache anew"):
        PreparedData.open(photographs / "data")


def test_an_image_that_is_not_as_it_was_audited_leaves_no_cache(photographs: Path) -> None:
    write_photograph(photographs.parent / "train" / "a" / "0.png", (30, 40))
    with pytest.raises(BudamaError, match=r"train/a/0.png: has changed since the"):
        cached(photographs)
    assert not any((photographs / "cache-16").iterdir())


def test_a_disk_that_is_too_small_is_told_before_any_work(
    photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (photographs / "cache-16").mkdir()
    left_over = photographs / "cache-16/.images.bin.9999999.part"  # of a run that was killed
    left_over.write_bytes(b"")
    usage = type("Usage", (), {"free": 100})
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage)
    with pytest.raises(BudamaError, match=r"the cache needs .* free some space"):
        cached(photographs)
    assert not left_over.exists()


@pytest.mark.parametrize("upright", [True, False])
def test_cached_images_stand_as_the_dataset_says(upright: bool, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    for place in range(8):
        path = tmp_path / f"{'train' if place < 6 else 'test'}/{'ab'[place % 2]}/{place}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 20), (30 * place, 0, 0)).save(path, exif=exif)
    dataset = ImageFolder(format="folder", root=str(tmp_path), exif_orientation=upright)
    audit(dataset=dataset, folder=tmp_path / "audit", execution=IN_THIS_PROCESS)
    data = cached(tmp_path / "audit", pixels=10)
    assert data.source.read("test", "a/6.jpg").size == ((10, 20) if upright else (20, 10))
