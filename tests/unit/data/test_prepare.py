import json
from pathlib import Path

import pandas as pd
import pytest

from budama.config.data import Calibration, FashionMnist, ImageFolder
from budama.data.prepare import PreparedData, make_splits, prepare
from budama.data.sources import open_source
from budama.errors import BudamaError


def splits(root: Path, seed: int = 0, batches: int = 2) -> pd.DataFrame:
    source = open_source(FashionMnist(format="fashion-mnist", root=str(root)))
    return make_splits(source, 0.25, Calibration(batches=batches, batch_size=8), seed)


def test_validation_is_stratified_and_test_is_whole(fashion_mnist: Path) -> None:
    table = splits(fashion_mnist)
    counts = table.groupby(["split", "label"]).size().unstack()
    assert (counts.loc["train"] == 9).all()
    assert (counts.loc["validation"] == 3).all()
    assert (counts.loc["test"] == 6).all()
    assert set(table[table["split"] == "test"]["part"]) == {"test"}


def test_calibration_is_drawn_from_training_images_only(fashion_mnist: Path) -> None:
    table = splits(fashion_mnist)
    drawn = table[table["calibration"] >= 0]
    assert len(drawn) == 16
    assert set(drawn["split"]) == {"train"}
    assert sorted(drawn["calibration"]) == list(range(16))
    assert drawn["label"].nunique() > 3


def test_the_seed_alone_decides(fashion_mnist: Path) -> None:
    pd.testing.assert_frame_equal(splits(fashion_mnist), splits(fashion_mnist))
    assert not splits(fashion_mnist).equals(splits(fashion_mnist, seed=1))


def test_a_small_dataset_calibrates_on_all_it_has(fashion_mnist: Path) -> None:
    assert (splits(fashion_mnist, batches=1000)["calibration"] >= 0).sum() == 90


def test_what_is_written_can_be_opened(fashion_mnist: Path, tmp_path: Path) -> None:
    dataset = FashionMnist(format="fashion-mnist", root=str(fashion_mnist))
    prepare(dataset, 0.25, Calibration(batches=2, batch_size=8), 0, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["images"] == {"train": 90, "test": 60, "validation": 30, "calibration": 16}
    assert manifest["images_per_class"]["test"] == [6] * 10
    data = PreparedData.open(tmp_path)
    assert data.rows("calibration")["calibration"].tolist() == list(range(16))
    assert len(data.rows("test")) == 60


def test_a_class_too_small_to_split_is_named(tmp_path: Path) -> None:
    for part in ("train", "test"):
        (tmp_path / part / "rare").mkdir(parents=True)
        (tmp_path / part / "rare" / "1.png").write_bytes(b"")
    source = open_source(ImageFolder(format="folder", root=str(tmp_path)))
    with pytest.raises(BudamaError, match="class 'rare' has 1 training images; at least 2"):
        make_splits(source, 0.1, Calibration(), 0)
