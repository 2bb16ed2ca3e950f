import os
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from budama.data.sources.class_folders import IMAGE_SUFFIXES, images_by_class
from budama.data.sources.decoding import FORMATS, decode
from budama.system.errors import BudamaError


def found(root: Path, *keys: str) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Return the images of classes and what was passed over, once ``keys`` are written there."""
    for key in keys:
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    skipped: Counter[str] = Counter()
    return images_by_class(root, skipped), dict(skipped)


HIDDEN = {"hidden folders": 1, "images in hidden folders": 1}
TOOLS = {"folders of tools": 1, "images in folders of tools": 1}


@pytest.mark.parametrize(
    ("key", "skipped"),
    [
        ("a/.ipynb_checkpoints/1-checkpoint.png", HIDDEN),
        ("a/deep/.thumbnails/more/1.png", HIDDEN),
        (".ipynb_checkpoints/1.png", HIDDEN),
        ("__MACOSX/a/1.png", TOOLS),
        ("a/@eaDir/1.png", TOOLS),
        ("a/System Volume Information/1.jpg", TOOLS),
        ("a/.git/config", {"hidden folders": 1}),
        ("a/._1.png", {"hidden files": 1}),
        (".DS_Store", {"hidden files": 1}),
        ("a/Thumbs.db", {"files of tools": 1}),
        ("a/deep/desktop.ini", {"files of tools": 1}),
        ("a/notes.txt", {".txt files": 1}),
        ("a/video.MP4", {".mp4 files": 1}),
        ("a/1.heic", {".heic files": 1}),
        ("a/1", {"files without a usual suffix": 1}),
        ("a/1.2024-01-02 at 10:00", {"files without a usual suffix": 1}),
        ("labels.csv", {".csv files": 1}),
        ("stray.png", {"images beside the class folders": 1}),
        ("empty/notes.txt", {".txt files": 1, "class folders without images (empty)": 1}),
    ],
)
def test_what_is_no_image_of_a_class_is_counted_by_its_reason(
    key: str, skipped: dict[str, int], tmp_path: Path
) -> None:
    assert found(tmp_path, "a/1.png", "b/1.png", key) == (
        {"a": ["a/1.png"], "b": ["b/1.png"]},
        skipped,
    )


def test_empty_class_folders_are_no_classes_and_named(tmp_path: Path) -> None:
    for name in "cdef":
        (tmp_path / name / "deep").mkdir(parents=True)
    skipped = {"class folders without images (c, d, e, ...)": 4}
    assert found(tmp_path, "a/1.png") == ({"a": ["a/1.png"]}, skipped)


def test_links_to_folders_and_files_are_followed(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    found(root, "a/0.png")
    found(other, "deep/1.png", "2.png", ".hidden/3.png")
    (root / "a/more").symlink_to(other)
    (root / "a/4.png").symlink_to(other / "2.png")
    (root / "b").symlink_to(other / "deep")
    assert found(root) == (
        {
            "a": ["a/0.png", "a/4.png", "a/more/2.png", "a/more/deep/1.png"],
            "b": ["b/1.png"],
        },
        {"hidden folders": 1, "images in hidden folders": 1},
    )


@pytest.mark.parametrize("target", ["..", "../..", ".", "deep", "/"])
def test_no_link_leads_back_or_to_a_folder_twice(target: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    found(root, "a/1.png", "a/deep/2.png", "b/3.png")
    (root / "a/again").symlink_to(target)
    assert found(root) == (
        {"a": ["a/1.png", "a/deep/2.png"], "b": ["b/3.png"]},
        {"links to folders that are read already": 1},
    )


def test_linked_folders_that_link_to_each_other_end(tmp_path: Path) -> None:
    for number in range(12):
        found(tmp_path / "apart", f"{number}/{number}.png")
        for other in range(12):
            (tmp_path / f"apart/{number}/to{other}").symlink_to(tmp_path / f"apart/{other}")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/a").symlink_to(tmp_path / "apart/0")
    images, skipped = found(tmp_path / "root")
    assert len(images["a"]) == 12
    assert skipped == {"links to folders that are read already": 12 * 12 - 11}


def test_broken_links_and_what_is_no_file_are_counted(tmp_path: Path) -> None:
    found(tmp_path, "a/1.png")
    for name, target in (("a/2.png", "nowhere"), ("a/3.png", "3.png"), ("b", "nowhere")):
        (tmp_path / name).symlink_to(target)
    os.mkfifo(tmp_path / "a/4.png")
    assert found(tmp_path) == (
        {"a": ["a/1.png"]},
        {"broken links": 3, "entries that are no regular files": 1},
    )


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BudamaError, match="gone: cannot be read: No such file or directory"):
        images_by_class(tmp_path / "gone", Counter())


def test_every_suffix_is_of_a_format_that_is_decoded() -> None:
    formats = Image.registered_extensions()
    assert {formats[suffix] for suffix in IMAGE_SUFFIXES} <= {*FORMATS, "MPO"}


@pytest.mark.parametrize(
    "suffix", sorted(IMAGE_SUFFIXES - {".dds", ".psd", ".cur", ".ras", ".xpm", ".dcx", ".icns"})
)
def test_images_of_every_suffix_are_read(suffix: str, tmp_path: Path) -> None:
    modes = {".msp": "1", ".xbm": "1", ".pbm": "1", ".pfm": "F", ".qoi": "RGB"}
    mode = modes.get(suffix, "L")
    path = tmp_path / f"image{suffix}"
    Image.new("L", (32, 32), 1 if mode == "F" else 255).convert(mode).save(path)
    image = decode(path.read_bytes())
    assert (image.mode, image.size) == ("RGB", (32, 32))
    assert min(image.tobytes()) > 250
