import json
from pathlib import Path

import pandas as pd
import pytest

from budama.config.data import Calibration, FashionMnist, ImageFolder
from budama.data.audited import Audited
from budama.stages.audit import audit
from budama.stages.prepare import make_splits
from budama.system.errors import BudamaError
from tests.inputs import IN_THIS_PROCESS, prepared, split
from tests.unit.data.trees import write_image


@pytest.fixture(scope="module")
def bars(fashion_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit")
    dataset = FashionMnist(format="fashion-mnist", root=str(fashion_mnist))
    audit(dataset=dataset, folder=folder, execution=IN_THIS_PROCESS)
    return folder


def splits(bars: Path, seed: int = 0, batches: int = 2, selection: int = 20) -> pd.DataFrame:
    found = Audited.open(bars)
    calibration = Calibration(batches=batches, batch_size=8)
    return make_splits(found.images, found.classes, 0.25, calibration, selection, seed)


def test_validation_is_stratified_and_test_is_whole(bars: Path) -> None:
    table = splits(bars)
    counts = table.groupby(["split", "label"]).size().unstack()
    assert (counts.loc["train"] == 9).all()
    assert (counts.loc["validation"] == 3).all()
    assert (counts.loc["test"] == 6).all()
    assert set(table[table["split"] == "test"]["part"]) == {"test"}


def test_calibration_is_drawn_from_training_images_only(bars: Path) -> None:
    table = splits(bars)
    drawn = table[table["calibration"] >= 0]
    assert len(drawn) == 16
    assert set(drawn["split"]) == {"train"}
    assert sorted(drawn["calibration"]) == list(range(16))
    assert drawn["label"].nunique() > 3


def test_selection_is_drawn_from_what_calibration_leaves(bars: Path) -> None:
    table = splits(bars)
    drawn = table[table["selection"] >= 0]
    assert sorted(drawn["selection"]) == list(range(20))
    assert set(drawn["split"]) == {"train"}
    assert (drawn["calibration"] == -1).all()
    assert drawn["label"].nunique() > 3


def test_selection_changes_nothing_about_the_other_splits(bars: Path) -> None:
    one, other = (splits(bars, selection=n).drop(columns="selection") for n in (1, 70))
    pd.testing.assert_frame_equal(one, other)


def test_the_seed_alone_decides(bars: Path) -> None:
    pd.testing.assert_frame_equal(splits(bars), splits(bars))
    assert not splits(bars).equals(splits(bars, seed=1))


def drawn(table: pd.DataFrame) -> tuple[int, int]:
    return (table["calibration"] >= 0).sum(), (table["selection"] >= 0).sum()


def test_a_small_dataset_keeps_a_fifth_of_its_images_for_selection(
    bars: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert drawn(splits(bars, batches=1000, selection=1000)) == (72, 18)
    assert [record.getMessage() for record in caplog.records] == [
        "calibration uses 72 training images: 8000 were asked for",
        "selection uses 18 training images: 1000 were asked for",
    ]


def test_a_small_dataset_calibrates_on_all_it_has_left(bars: Path) -> None:
    """All whole batches, of 90 images in batches of 8: a batch of two would weigh as much."""
    assert drawn(splits(bars, batches=1000, selection=1)) == (88, 1)
    assert drawn(splits(bars, batches=1000, selection=7)) == (80, 7)


def test_what_is_written_can_be_opened(bars: Path, tmp_path: Path) -> None:
    data = split(bars, tmp_path, Calibration(batches=2, batch_size=8))
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    numbers = {"train": 90, "test": 60, "validation": 30, "calibration": 16, "selection": 10}
    assert manifest["images"] == numbers
    assert manifest["images_are_for"].keys() == numbers.keys()
    assert manifest["images_per_class"]["test"] == [6] * 10
    assert manifest["fingerprint"] == json.loads((bars / "audit.json").read_text())["fingerprint"]
    assert data.rows("calibration")["calibration"].tolist() == list(range(16))
    assert data.rows("selection")["selection"].tolist() == list(range(10))
    assert len(data.rows("test")) == 60
    assert len(data.classes) == 10


def folder_dataset(root: Path) -> ImageFolder:
    for part in ("train", "test"):
        for shade in range(4):
            write_image(root / part / "a" / f"{shade}.png", 50 * shade)
            write_image(root / part / "b" / f"{shade}.png", 50 * shade + 1)
    return ImageFolder(format="folder", root=str(root))


def test_unreadable_images_are_in_no_split(tmp_path: Path) -> None:
    dataset = folder_dataset(tmp_path / "images")
    for part in ("train", "test"):
        (tmp_path / "images" / part / "a" / "0.png").write_bytes(b"")
    data = prepared(dataset, tmp_path, Calibration())
    assert len(data.splits) == 14
    assert "a/0.png" not in set(data.splits["key"])
    assert json.loads((tmp_path / "data/manifest.json").read_text())["unreadable"] == 2


def test_a_class_too_small_to_split_is_named(tmp_path: Path) -> None:
    dataset = folder_dataset(tmp_path / "images")
    for shade in range(3):
        (tmp_path / "images/train/b" / f"{shade}.png").write_bytes(b"")
    with pytest.raises(BudamaError, match="class 'b' has 1 training images; at least 2"):
        prepared(dataset, tmp_path, Calibration())
