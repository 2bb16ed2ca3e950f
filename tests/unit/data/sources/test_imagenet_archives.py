import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from budama.config.data import Calibration, ImageNet
from budama.data.sources import Original, open_source
from budama.data.sources.decoding import UnreadableError
from budama.data.sources.imagenet_labels import from_list
from budama.system.errors import BudamaError
from tests.inputs import prepared
from tests.layouts import tar_of, write_devkit, write_imagenet_archives, write_tar
from tests.unit.data.trees import SYNSETS, write_imagenet

DEVKIT = "ILSVRC2012_devkit_t12.tar.gz"
TRAIN, VAL = "ILSVRC2012_img_train.tar", "ILSVRC2012_img_val.tar"


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    return write_imagenet(tmp_path / "folders")


@pytest.fixture
def root(folders: Path, tmp_path: Path) -> Path:
    return write_imagenet_archives(folders, tmp_path / "archives")


def source_of(root: Path, labels: Path | None = None) -> Original:
    chosen = str(labels) if labels else None
    return open_source(ImageNet(format="imagenet", root=str(root), val_labels=chosen))


def mistake(root: Path, labels: Path | None = None) -> str:
    with pytest.raises(BudamaError) as caught:
        source_of(root, labels).listing()
    return str(caught.value)


def contents(source: Original) -> list[tuple[str, int, bytes]]:
    images = source.listing().images
    rows = zip(images["part"], images["key"], images["label"], strict=True)
    return [(part, label, source.content(part, key)) for part, key, label in rows]


def test_archives_hold_what_folders_do(root: Path, folders: Path) -> None:
    source = source_of(root)
    source.check()
    assert source.listing().classes == sorted(SYNSETS)
    packed, unpacked = (contents(found) for found in (source, source_of(folders)))
    assert packed[:8] == unpacked[:8]
    assert sorted(packed) == sorted(unpacked)
    first = source.listing().images.iloc[0]
    assert source.place(first.part, first.key) == (f"{root}/{TRAIN}: n01440764/n01440764_0.JPEG")


def test_one_part_may_be_unpacked(root: Path, folders: Path) -> None:
    (root / TRAIN).unlink()
    shutil.copytree(folders / "train", root / "train")
    assert sorted(contents(source_of(root))) == sorted(contents(source_of(folders)))


def test_archives_are_audited_and_prepared(root: Path, tmp_path: Path) -> None:
    dataset = ImageNet(format="imagenet", root=str(root))
    data = prepared(dataset, tmp_path / "prepared", Calibration(batches=1, batch_size=2))
    assert data.splits["split"].value_counts().to_dict() == {
        **{"train": 6, "validation": 2, "test": 4}
    }
    assert {path.name for path in dataset.watched()} == {TRAIN, VAL, DEVKIT}


def number(place: int) -> str:
    return f"ILSVRC2012_val_{place:08}"


@pytest.mark.parametrize(
    "line",
    [
        lambda place, synset: synset,
        lambda place, synset: f"{number(place)}.JPEG {synset}",
        lambda place, synset: f"{number(place)},{synset} 1 2 3 4 {synset} 5 6 7 8",
        lambda place, synset: f"{synset}/{number(place)}.JPEG\t{synset}",
    ],
)
def test_labels_may_come_from_a_list(
    root: Path, tmp_path: Path, line: Callable[[int, str], str]
) -> None:
    expected = contents(source_of(root))
    (root / DEVKIT).unlink()
    said = mistake(root)
    assert f"Put {DEVKIT} beside" in said and "'val_labels: FILE'" in said
    # packed class by class, the last one first
    lines = [line(place, sorted(SYNSETS)[place <= 2]) for place in range(1, 5)]
    labels = tmp_path / "labels.txt"
    labels.write_text("ImageId,PredictionString\n" * lines[0].count(",") + "\n".join(lines))
    assert contents(source_of(root, labels)) == expected


def test_a_list_of_labels_may_lie_under_the_root(root: Path) -> None:
    expected = contents(source_of(root))
    (root / DEVKIT).unlink()
    with pytest.raises(
        BudamaError, match=r"archives/labels.txt, .* where snakemake runs and under"
    ):
        source_of(root, Path("labels.txt")).listing()
    lines = [sorted(SYNSETS)[place <= 2] for place in range(1, 5)]
    (root / "labels.txt").write_text("\n".join(lines))
    assert contents(source_of(root, Path("labels.txt"))) == expected


def test_lists_that_do_not_fit_are_refused(root: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    assert "labels.txt, the list of 'val_labels', is missing" in mistake(root, labels)
    assert f"{root}: is a folder; 'val_labels'" in mistake(root, root)
    labels.write_bytes(b"\xff\xfe1")
    assert "labels.txt: is no text file" in mistake(root, labels)
    labels.write_text(f"{number(1)}.JPEG 65\n")
    assert "line 1: 'ILSVRC2012_val_00000001.JPEG 65' has 0 synsets" in mistake(root, labels)
    labels.write_text(f"{SYNSETS[0]} {SYNSETS[1]}\n")
    assert "has 2 synsets" in mistake(root, labels)
    labels.write_text(f"{SYNSETS[0]}\n{number(2)} {SYNSETS[1]}\n")
    assert "some lines name an image, and some do not" in mistake(root, labels)
    labels.write_text(f"{SYNSETS[0]}\n{SYNSETS[1]}\n")
    assert "ILSVRC2012_val_00000003.JPEG has no class in" in mistake(root, labels)
    labels.write_text(f"{SYNSETS[0]}\n")
    assert from_list(labels)("another name.JPEG") is None


def test_devkits_that_do_not_fit_are_refused(root: Path) -> None:
    write_devkit(root / DEVKIT, list(SYNSETS), [1, 2, 1])
    assert "00000004.JPEG has no class" in mistake(root)
    write_devkit(root / DEVKIT, list(SYNSETS), [1, 2, 1, 7])
    assert "has the number 7, and meta.mat has no such synset" in mistake(root)
    write_tar(
        root / DEVKIT, [("meta.mat", b"noise"), ("x/ILSVRC2012_validation_ground_truth.txt", b"")]
    )
    assert "meta.mat: " in mistake(root)
    write_tar(root / DEVKIT, [("meta.mat", b"")])
    assert "has no ILSVRC2012_validation_ground_truth.txt" in mistake(root)
    (root / DEVKIT).write_bytes(b"<html>")
    assert "cannot be unpacked: it is no tar.gz archive, or damaged" in mistake(root)


def test_archives_that_are_not_whole_are_named(root: Path) -> None:
    whole = (root / TRAIN).read_bytes()
    (root / TRAIN).write_bytes(whole[: len(whole) // 2])
    assert TRAIN in mistake(root)
    damaged = [(f"{synset}.tar", b"noise" * 200) for synset in SYNSETS]
    write_tar(root / TRAIN, damaged)
    assert f"{TRAIN}: {SYNSETS[0]}.tar: is no whole tar archive" in mistake(root)
    write_tar(root / TRAIN, [("README", b"")])
    assert f"no images in {root}/{TRAIN}" in mistake(root)
    write_tar(root / TRAIN, [("n01440764.tar", tar_of([("1.JPEG", b"1")]))])
    assert "val has, and train lacks, n01443537" in mistake(root)


def test_what_is_no_image_in_an_archive_is_counted(root: Path) -> None:
    with tarfile.open(root / VAL, "a") as archive:
        archive.add(root / DEVKIT, "readme.txt")
        link = tarfile.TarInfo("link.JPEG")
        link.type, link.linkname = tarfile.SYMTYPE, "readme.txt"
        archive.addfile(link)
    with tarfile.open(root / TRAIN, "a") as archive:
        archive.add(root, ".", recursive=False)
    found = {".txt files": 1, "links and special files in archives": 1}
    assert source_of(root).listing().skipped == found
    with tarfile.open(root / TRAIN, "a") as archive:
        archive.add(root / DEVKIT, "readme.txt")
    assert source_of(root).listing().skipped == {
        **found,
        "files in archives that are none of a class": 1,
    }


def test_a_key_leads_nowhere_else(root: Path) -> None:
    for key in ("../secret//x@0+5", "/etc/passwd//x@0+5", f"{TRAIN}//x"):
        with pytest.raises(UnreadableError):
            source_of(root).content("train", key)
