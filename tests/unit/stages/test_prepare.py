import json
from hashlib import sha256
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
    with pytest.raises(BudamaError, match=r"class 'b' has 1 training images .*at least 2"):
        prepared(dataset, tmp_path, Calibration())


OFFICIAL = "ac6654fa0a404dbd89df9ae0275f1e857e303ca8c3443ba2316d22adb3ccf262"


def contents(per_class: int = 40, classes: int = 3, part: str = "train") -> pd.DataFrame:
    """Return what an audit finds: every image different."""
    rows = [
        (
            part,
            f"{label}/{place:03}.png",
            label,
            sha256(f"{part}{label}{place}".encode()).hexdigest(),
        )
        for label in range(classes)
        for place in range(per_class)
    ]
    return pd.DataFrame(rows, columns=["part", "key", "label", "sha256"])


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def drawn_splits(
    images: pd.DataFrame, seed: int = 0, test: float | None = 0.2, *, content: bool = True
) -> pd.DataFrame:
    classes = [str(label) for label in sorted(images["label"].unique())]
    calibration = Calibration(batches=2, batch_size=8)
    return make_splits(images, classes, 0.25, calibration, 10, seed, test, content=content)


def test_the_splits_of_a_published_dataset_stay_what_they_were() -> None:
    """Figures of older releases stay comparable: the hash is one of theirs."""
    images = pd.concat([contents(), contents(10, part="test")], ignore_index=True)
    table = drawn_splits(images, test=None, content=False)
    assert hashed(table.to_csv()) == OFFICIAL


def test_a_test_part_is_drawn_of_each_class() -> None:
    table = drawn_splits(contents())
    counts = table.groupby(["split", "label"]).size().unstack()
    assert (counts.loc["test"] == 8).all()
    assert (counts.loc["validation"] == 8).all()
    assert (counts.loc["train"] == 24).all()
    assert set(table.loc[table["calibration"] >= 0, "split"]) == {"train"}
    assert (table["calibration"] >= 0).sum() == 16
    assert (table["selection"] >= 0).sum() == 10
    assert not table.equals(drawn_splits(contents(), seed=1))


@pytest.mark.parametrize("test", [0.2, None])
def test_the_same_images_under_other_names_in_another_order_give_the_same_splits(
    test: float | None,
) -> None:
    images = contents()
    if test is None:
        images = pd.concat([images, contents(10, part="test")], ignore_index=True)
    other = images.sample(frac=1, random_state=3).reset_index(drop=True)
    other["key"] = [f"{row}" for row in range(len(other))]
    first, second = (drawn_splits(t, test=test).drop(columns="key") for t in (images, other))
    # training images in the same order, too
    one, two = (t[t["split"] == "train"].reset_index(drop=True) for t in (first, second))
    pd.testing.assert_frame_equal(one, two)
    one, two = (t.sort_values("sha256").reset_index(drop=True) for t in (first, second))
    pd.testing.assert_frame_equal(one, two)


def test_nothing_that_is_drawn_is_in_a_listed_test_part() -> None:
    images = contents()
    tested = images.groupby("label").head(20).assign(part="test")
    again = pd.concat([images, images, tested], ignore_index=True)
    table = drawn_splits(again, test=None)
    validating = set(table.loc[table["split"] == "validation", "sha256"])
    assert len(validating) == 3 * round(20 * 0.25)
    assert validating.isdisjoint(table.loc[table["split"] != "validation", "sha256"])


def test_a_class_that_nothing_is_left_of_for_a_drawn_part_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    images = contents()
    val = images[images["label"] != 1].groupby("label").head(5).assign(part="val")
    val = pd.concat([val, images[images["label"] == 1].assign(part="val")])
    drawn_splits(pd.concat([images, val], ignore_index=True))
    assert "class '1' is without test images" in caplog.text


def test_one_image_more_moves_few_others() -> None:
    images = contents()
    before = drawn_splits(images.drop(index=7)).set_index("sha256")["split"]
    after = drawn_splits(images).set_index("sha256")["split"]
    assert (after[before.index] != before).sum() <= 4


@pytest.mark.parametrize("copies", [1, 5])
def test_equal_images_are_on_one_side(copies: int) -> None:
    images = contents()
    again = images.sample(n=60, random_state=0)
    table = drawn_splits(pd.concat([images, *[again] * copies], ignore_index=True))
    assert (table.groupby("sha256")["split"].nunique() == 1).all()


def test_an_image_in_two_classes_is_on_one_side() -> None:
    images = contents()
    wrong = images[images["label"] == 0].head(20).assign(label=1)
    table = drawn_splits(pd.concat([images, wrong], ignore_index=True))
    assert (table.groupby("sha256")["split"].nunique() == 1).all()
    assert len(table) == 140


def test_a_listed_validation_part_stays_whole_and_none_is_drawn() -> None:
    images = pd.concat([contents(), contents(5, part="val"), contents(6, part="test")])
    table = drawn_splits(images.reset_index(drop=True), test=None)
    assert table["split"].value_counts().to_dict() == {"train": 120, "validation": 15, "test": 18}
    assert table["part"].tolist() == ["train"] * 120 + ["val"] * 15 + ["test"] * 18


def test_what_is_drawn_for_the_test_is_not_in_a_listed_validation_part() -> None:
    images = contents()
    val = images.groupby("label").head(15).assign(part="val")
    table = drawn_splits(pd.concat([images, val], ignore_index=True))
    validating = set(table.loc[table["split"] == "validation", "sha256"])
    assert not validating.intersection(table.loc[table["split"] == "test", "sha256"])
    assert (table["split"] == "test").sum() == 3 * round(25 * 0.2)


def test_a_class_too_small_for_a_drawn_test_part_is_named() -> None:
    images = contents(3)
    assert (drawn_splits(images).groupby("label")["split"].nunique() == 3).all()
    images = images.assign(sha256=images["sha256"].where(images["label"] != 1, "0" * 64))
    with pytest.raises(BudamaError, match=r"'1' has 1 training images \(equal ones count"):
        drawn_splits(images)


def test_the_manifest_says_what_was_drawn(tmp_path: Path) -> None:
    root = tmp_path / "images"
    for name, first in (("a", 0), ("b", 100)):
        for shade in range(first, first + 10):
            write_image(root / name / f"{shade}.png", shade)
    dataset = ImageFolder(format="folder", root=str(root), test=0.3)
    data = prepared(dataset, tmp_path, Calibration(batches=1, batch_size=4))
    manifest = json.loads((tmp_path / "data/manifest.json").read_text())
    assert manifest["drawn"] == {"validation": 0.25, "test": 0.3}
    assert manifest["images"]["test"] == 6
    assert manifest["dataset"]["test"] == 0.3
    row = data.rows("test").iloc[0]
    assert data.source.read(row["part"], row["key"], row["sha256"]).size == (8, 6)
