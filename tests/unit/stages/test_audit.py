import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import ExifTags, Image

from budama.config.data import Food101, ImageFolder, ImageNet
from budama.data.audited import Audited
from budama.stages.audit import audit
from budama.system.errors import BudamaError
from budama.system.job.device import Execution
from tests.inputs import IN_THIS_PROCESS
from tests.unit.data.trees import SYNSETS, bomb, write_food101, write_image, write_imagenet

FIRST = SYNSETS[0]


def audited(root: Path, folder: Path, processes: int = 0) -> dict[str, Any]:
    dataset = ImageNet(format="imagenet", root=str(root))
    audit(dataset=dataset, folder=folder, execution=Execution(threads=processes))
    found: dict[str, Any] = json.loads((folder / "audit.json").read_text())
    return found


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """ImageNet in small: four unreadable training images, a broken link, a test image of train."""
    root = write_imagenet(tmp_path / "imagenet")
    train = root / "train" / FIRST
    whole = (train / f"{FIRST}_0.JPEG").read_bytes()
    (train / "bomb.png").write_bytes(bomb())
    (train / "cut.JPEG").write_bytes(whole[: len(whole) // 2])
    (train / "empty.JPEG").write_bytes(b"")
    (train / "link.JPEG").symlink_to("nowhere")
    (train / "text.JPEG").write_text("404 not found")
    write_image(train / "renamed.png", 77).rename(train / "renamed.JPEG")
    Image.new("CMYK", (9, 5)).save(train / "cmyk.JPEG")
    shutil.copy(train / f"{FIRST}_1.JPEG", root / "val" / FIRST / "ILSVRC2012_val_0.JPEG")
    return root


def test_unreadable_images_are_listed_and_left_out(damaged: Path, tmp_path: Path) -> None:
    found = audited(damaged, tmp_path / "audit")
    problems = {row["key"].partition("/")[2]: row["problem"] for row in found["unreadable"]}
    assert list(problems) == ["bomb.png", "cut.JPEG", "empty.JPEG", "text.JPEG"]
    assert "truncated" in problems["cut.JPEG"].lower()
    assert problems["empty.JPEG"] == "the file is empty"
    assert found["images"] == {"train": 10, "test": 4}
    assert found["skipped"] == {"broken links": 1}
    table = pd.read_parquet(tmp_path / "audit" / "images.parquet")
    assert len(table) == 18
    assert table["problem"].notna().sum() == 4
    read = Audited.open(tmp_path / "audit")
    assert len(read.images) == 14
    assert read.unreadable == 4
    cmyk = read.images[read.images["key"].str.endswith("cmyk.JPEG")].iloc[0]
    assert (cmyk["width"], cmyk["height"]) == (9, 5)


def test_an_image_in_both_parts_is_reported_and_kept(
    damaged: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "budama"):
        [twice] = audited(damaged, tmp_path / "audit")["duplicates"]
    assert twice["train"] == [f"{FIRST}/{FIRST}_1.JPEG"]
    assert twice["test"] == [f"{FIRST}/ILSVRC2012_val_0.JPEG"]
    assert "1 of 4 test images have the same content as a training image" in caplog.text
    assert "4 of 18 images cannot be read and are left out" in caplog.text
    assert f"train/{FIRST}/text.JPEG: it is not an image of a known format" in caplog.text


def test_the_number_of_processes_does_not_change_a_byte(damaged: Path, tmp_path: Path) -> None:
    for processes in (0, 2):
        audited(damaged, tmp_path / str(processes), processes)
    for name in ("audit.json", "images.parquet"):
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_the_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    root = write_imagenet(tmp_path / "imagenet")
    before = audited(root, tmp_path / "audit")["fingerprint"]
    image = root / "train" / FIRST / f"{FIRST}_0.JPEG"
    image.write_bytes(image.read_bytes())
    assert audited(root, tmp_path / "audit")["fingerprint"] == before
    write_image(image, 255)
    changed = audited(root, tmp_path / "audit")["fingerprint"]
    image.rename(image.with_name("renamed.JPEG"))
    renamed = audited(root, tmp_path / "audit")["fingerprint"]
    assert len({before, changed, renamed}) == 3


def test_a_class_that_cannot_be_read_at_all_is_an_error(tmp_path: Path) -> None:
    root = write_imagenet(tmp_path / "imagenet")
    first, *others = (root / "val" / SYNSETS[1]).iterdir()
    for path in (first, *others):
        path.write_bytes(b"")
    with pytest.raises(BudamaError, match=rf"none of the 2 test images of class '{SYNSETS[1]}'"):
        audited(root, tmp_path / "audit")
    for path in others:
        path.unlink()
    with pytest.raises(BudamaError, match=rf"the only test image of class '{SYNSETS[1]}' cannot"):
        audited(root, tmp_path / "audit")
    for path in root.rglob("*.JPEG"):
        path.write_bytes(b"")
    with pytest.raises(BudamaError, match=r"none of the 11 images .* the file is empty. Fetch"):
        audited(root, tmp_path / "audit")
    assert not (tmp_path / "audit").exists()


def test_an_image_that_the_lists_name_and_that_is_missing_is_left_out(tmp_path: Path) -> None:
    root = write_food101(tmp_path / "food")
    (root / "images" / "apple_pie" / "0.jpg").unlink()
    dataset = Food101(format="food101", root=str(root))
    audit(dataset=dataset, folder=tmp_path / "audit", execution=IN_THIS_PROCESS)
    found = json.loads((tmp_path / "audit" / "audit.json").read_text())
    assert found["unreadable"] == [
        {"part": "train", "key": "apple_pie/0.jpg", "problem": "the file is missing"}
    ]


def test_a_dataset_of_another_format_gives_the_same_table(tmp_path: Path) -> None:
    root = write_imagenet(tmp_path / "imagenet")
    audited(root, tmp_path / "imagenet-audit")
    same = ImageFolder(format="folder", root=str(root), test="val")
    audit(dataset=same, folder=tmp_path / "folder-audit", execution=IN_THIS_PROCESS)
    first, second = (
        Audited.open(tmp_path / f"{name}-audit").images for name in ("imagenet", "folder")
    )
    pd.testing.assert_frame_equal(first, second)


def folders(root: Path, *keys: str) -> Path:
    """Write images, every one different; ``keys`` are PART/CLASS/..., and how many if not one."""
    shades = iter(range(5, 250))
    for key in keys:
        place, _, number = key.partition(":")
        for index in range(int(number or 1)):
            write_image(root / place / f"{index}.png", next(shades))
    return root


def of_folders(root: Path, folder: Path, **settings: Any) -> dict[str, Any]:
    dataset = ImageFolder(format="folder", root=str(root), **settings)
    audit(dataset=dataset, folder=folder, execution=IN_THIS_PROCESS)
    found: dict[str, Any] = json.loads((folder / "audit.json").read_text())
    return found


@pytest.mark.parametrize(
    ("keys", "settings", "name"),
    [
        (("train/images/cat", "train/images/dog", "test/images/cat"), {}, "images"),
        (("train/cat", "test/cat"), {}, "cat"),
        (("train/all/2024/cat", "train/all/2024/dog"), {"test": 0.2}, "all"),
        (("pets/cat", "pets/dog"), {"test": 0.2}, "pets"),
    ],
)
def test_fewer_than_two_classes_are_refused_with_what_the_folders_look_like(
    keys: tuple[str, ...], settings: dict[str, Any], name: str, tmp_path: Path
) -> None:
    root = folders(tmp_path / "images", *keys)
    with pytest.raises(BudamaError, match=f"'{name}' is the only class.*needs two") as caught:
        of_folders(root, tmp_path / "audit", **settings)
    text = str(caught.value)
    assert "such as 'train: train/images'\nThe folders look like this:\n" in text
    assert f"  {root}/\n" in text
    assert f"    {keys[0].partition('/')[0]}/\n      {keys[0].split('/')[1]}/" in text
    assert not (tmp_path / "audit").exists()


def test_what_was_passed_over_is_told_in_the_log_on_the_terminal_and_in_the_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = folders(tmp_path / "images", "train/a:3", "train/b:3", "test/a", "test/b")
    folders(root / "train/a/.ipynb_checkpoints", "copies:2")
    (root / "train/b/notes.txt").write_text("no image")
    found = of_folders(root, tmp_path / "audit")
    assert found["images"] == {"train": 6, "test": 2}
    assert found["skipped"] == {
        "hidden folders": 1,
        "images in hidden folders": 2,
        ".txt files": 1,
    }
    told = "passed over: images in hidden folders: 2; hidden folders: 1; .txt files: 1"
    assert told in caplog.text


def test_classes_that_a_part_lacks_or_that_are_nearly_all_there_is_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = folders(tmp_path / "images", "train/a:99", "train/b", "train/c", "test/a", "val/b")
    assert of_folders(root, tmp_path / "audit")["remarks"] == [
        {"kind": "lacks", "part": "val", "classes": ["a", "c"]},
        {"kind": "lacks", "part": "test", "classes": ["b", "c"]},
        {"kind": "dominated", "class": "a", "share_pct": 98.02},
    ]
    assert "2 classes (b, c) are without test images" in caplog.text
    assert "98.0% of the training images are of class 'a'" in caplog.text


def test_folders_one_level_too_deep_in_several_folders_are_told(tmp_path: Path) -> None:
    keys = [f"train/{year}/{name}" for year in (2023, 2024) for name in ("cat", "dog")]
    root = folders(tmp_path / "images", *keys, "test/2023/cat", "test/2024/cat")
    [remark] = of_folders(root, tmp_path / "audit")["remarks"]
    assert remark == {"kind": "nested", "folders": ["cat", "dog"]}


def test_an_image_that_two_classes_have_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = folders(tmp_path / "images", "train/a:3", "train/b:3", "test/a", "test/b")
    shutil.copy(root / "train/a/0.png", root / "train/b/copy.png")
    [found] = of_folders(root, tmp_path / "audit")["contradictions"]
    assert found["classes"] == ["a", "b"]
    assert found["images"] == ["train: a/0.png", "train: b/copy.png"]
    assert "several classes have the same image (1 time)" in caplog.text


def test_width_and_height_are_those_of_the_upright_image(tmp_path: Path) -> None:
    root = folders(tmp_path / "images", "train/a:2", "train/b:2", "test/a", "test/b")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (9, 5)).save(root / "train/a/turned.jpg", exif=exif)
    for upright, size in ((True, (5, 9)), (False, (9, 5))):
        folder = tmp_path / str(upright)
        of_folders(root, folder, exif_orientation=upright)
        images = Audited.open(folder).images.set_index("key")
        assert tuple(images.loc["a/turned.jpg", ["width", "height"]]) == size
