import re
import shutil
from pathlib import Path

import pytest

from budama.config.data import ImageNet
from budama.data.sources import open_source
from budama.system.errors import BudamaError
from tests.unit.data.trees import SYNSETS, write_image, write_imagenet


def mistake(root: Path) -> str:
    with pytest.raises(BudamaError) as caught:
        open_source(ImageNet(format="imagenet", root=str(root))).listing()
    text = str(caught.value)
    assert f"{root}/val/n01440764/ILSVRC2012_val_00000293.JPEG" in text
    assert "https://image-net.org" in text
    return text


def test_classes_are_sorted_synsets_and_val_is_the_test_part(tmp_path: Path) -> None:
    source = open_source(ImageNet(format="imagenet", root=str(write_imagenet(tmp_path))))
    classes, images, _ = source.listing()
    assert classes == sorted(SYNSETS)
    assert images["part"].value_counts().to_dict() == {"train": 8, "test": 4}
    last = images.iloc[-1]
    assert (last["label"], last["key"]) == (1, f"{SYNSETS[1]}/ILSVRC2012_val_1.JPEG")
    assert source.read("test", last["key"]).mode == "RGB"


def test_the_most_common_mistakes_are_told_apart(tmp_path: Path) -> None:
    assert f"the folder {tmp_path / 'gone'} is missing" in mistake(tmp_path / "gone")
    root = write_imagenet(tmp_path / "imagenet")
    shutil.rmtree(root / "val")
    assert f"the folder {root}/val is missing" in mistake(root)
    (root / "val").mkdir()
    assert f"no images under {root}/val" in mistake(root)
    (root / "val" / SYNSETS[0]).mkdir()
    (root / "val" / SYNSETS[0] / "1.heic").touch()
    assert f"no images under {root}/val (passed over: .heic files: 1; class f" in mistake(root)
    for index in range(3):
        write_image(root / "val" / f"ILSVRC2012_val_{index}.JPEG", index)
    assert f"{root}/val: 3 images stand here without folders of classes" in mistake(root)
    shutil.rmtree(root / "train")
    (root / "train").mkdir()
    (root / "train" / "n01440764.tar").write_bytes(b"")
    assert f"{root}/train: the archives here are still packed" in mistake(root)


def test_folders_that_are_no_synsets_or_not_in_both_parts_are_named(tmp_path: Path) -> None:
    root = write_imagenet(tmp_path)
    write_image(root / "val" / "n09999999" / "1.JPEG", 0)
    assert "val has, and train lacks, n09999999" in mistake(root)
    write_image(root / "train" / "tench" / "1.JPEG", 0)
    assert re.search("train: tench is not a synset .* use 'format: folder'", mistake(root))
