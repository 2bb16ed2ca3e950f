import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from budama.config.data import TarShards
from budama.data.sources import open_source
from budama.data.sources.base import Listing
from budama.data.sources.decoding import UnreadableError
from budama.system.errors import BudamaError
from tests.layouts import Member, tar_of, write_tar
from tests.unit.data.trees import write_image


def pairs(image: bytes) -> list[Member]:
    return [("1.jpg", image), ("1.cls", b"1"), ("2.jpg", image), ("2.cls", b"0")]


@pytest.fixture
def image(tmp_path: Path) -> bytes:
    return write_image(tmp_path / "images/x.png", 7).read_bytes()


def source_of(root: Path, **keys: Any) -> Any:
    return open_source(TarShards(format="tar", root=str(root), **{"test": 0.2} | keys))


def listing(root: Path, members: list[Member], **keys: Any) -> Listing:
    write_tar(root / "train-0.tar", members)
    found: Listing = source_of(root, **keys).listing()
    return found


def labels_of(found: Listing) -> dict[str, str]:
    """Return the class of each image by its name."""
    names = found.images["key"].str.partition("//")[2].str.rpartition("@")[0]
    labels = found.images["label"].map(dict(enumerate(found.classes)))
    return dict(zip(names, labels, strict=True))


def test_labels_are_beside_images_in_any_order(tmp_path: Path, image: bytes) -> None:
    members = [
        *(("a.jpg", image), ("b.cls", b"9\n"), ("b.png", image), ("a.cls", b" 10")),
        *(("sub/c.webp", image), ("sub/c.json", b'{"label": 9, "width": 8}')),
        *(("d.v1.0.JPEG", image), ("d.v1.0.txt", b"10")),
        *(("e.input.jpg", image), ("e.cls", b"9"), ("e.txt", b"a caption")),
    ]
    root = tmp_path / "set"
    found = listing(root, members)
    assert found.classes == ["9", "10"]
    assert labels_of(found) == {
        **{"a.jpg": "10", "b.png": "9", "sub/c.webp": "9", "d.v1.0.JPEG": "10"},
        "e.input.jpg": "9",
    }
    source = source_of(root)
    assert {source.content("train", key) for key in found.images["key"]} == {image}
    assert source.place("train", found.images["key"].iloc[-1]) == (
        f"{root}/train-0.tar: d.v1.0.JPEG"
    )


def test_images_that_share_a_label_are_refused(tmp_path: Path, image: bytes) -> None:
    """A mask beside the image, for instance, would be trained on."""
    two = [("a.jpg", image), ("a.seg.png", image), ("a.cls", b"1"), ("b.jpg", image)]
    with pytest.raises(BudamaError, match=r"a\.jpg and a\.seg\.png share one label"):
        listing(tmp_path, [*two, ("b.cls", b"0")])


def test_long_names_and_a_leading_dot_are_read(tmp_path: Path, image: bytes) -> None:
    long = "/".join(["a folder with a long name, for ümläuts"] * 6)
    members = [(f"./{long}/1.jpg", image), (f"./{long}/1.cls", b"x"), ("./2.jpg", image)]
    found = listing(tmp_path, [*members, ("./2.cls", b"y")])
    assert labels_of(found) == {f"{long}/1.jpg": "x", "2.jpg": "y"}
    assert source_of(tmp_path).content("train", found.images["key"].iloc[0]) == image


def test_what_is_no_image_is_counted(tmp_path: Path, image: bytes) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in ("a.jpg", "b.jpg", "._a.jpg", "README", "a.pyd"):
            found = tarfile.TarInfo(name)
            found.size = len(image)
            archive.addfile(found, io.BytesIO(image))
        for name, kind in (("c.jpg", tarfile.SYMTYPE), ("sub", tarfile.DIRTYPE)):
            found = tarfile.TarInfo(name)
            found.type, found.linkname = kind, "a.jpg"
            archive.addfile(found)
        for name in ("a.cls", "b.cls"):
            found = tarfile.TarInfo(name)
            found.size = 1
            archive.addfile(found, io.BytesIO(name[:1].encode()))
    (tmp_path / "train-0.tar").write_bytes(file.getvalue())
    assert source_of(tmp_path).listing().skipped == {
        **{"hidden files": 1, "files without a usual suffix": 1, ".pyd files": 1},
        "links and special files in archives": 1,
    }


def test_what_tools_leave_is_counted_as_in_folders(tmp_path: Path, image: bytes) -> None:
    members = [("@eaDir/a.jpg", image), (".x/a.jpg", image), ("@eaDir/a.txt", b"1")]
    (tmp_path / "train-0.tar").write_bytes(tar_of([*members, *pairs(image)]))
    assert source_of(tmp_path).listing().skipped == {
        **{"images in folders of tools": 1, "images in hidden folders": 1, "files of tools": 1}
    }


def test_of_several_files_beside_an_image_only_the_first_is_read(
    tmp_path: Path, image: bytes
) -> None:
    """WebDataset's usual layout has a caption, or what is known of the image, as well."""
    more = [("1.txt", b"a cat\non a mat"), ("1.json", b'{"width": 8}'), ("2.json", b"{")]
    assert listing(tmp_path, [*more, *pairs(image)]).classes == ["0", "1"]


def test_labels_without_an_image_are_counted(tmp_path: Path, image: bytes) -> None:
    write_tar(tmp_path / "train-1.tar", [])
    write_tar(tmp_path / "train-2.tar", [("7.cls", b"1")])
    found = listing(tmp_path, [*pairs(image), ("3.cls", b"1"), ("3.txt", b"1")])
    assert found.skipped == {"labels without an image": 2, "shards without images": 2}


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([("cat/1.jpg", b""), ("dog/1.jpg", b"")], r"2 images have no label.* 'format: folder'"),
        ([("1.jpg", b""), ("1.cls", b"")], r"1\.cls: has 0 lines; one is expected"),
        ([("1.jpg", b""), ("1.txt", b"a cat\non a mat")], r"1\.txt: has 2 lines"),
        ([("1.jpg", b""), ("1.txt", b"\xff\xfe1")], r"1\.txt: is not UTF-8"),
        ([("1.jpg", b""), ("1.json", b"{label: 1}")], r"1\.json: is not JSON"),
        ([("1.jpg", b""), ("1.json", b'{"lable": 1}')], "no key 'label' .*did you mean 'lable'"),
        ([("1.jpg", b""), ("1.json", b'{"label": [1]}')], r"\[1\] is no label"),
        ([("1.jpg", b""), ("1.json", b'{"label": 0.5}')], "0.5 is no label"),
        ([("1.jpg", b""), ("1.cls", b"1"), ("1.jpg", b"")], r"two files 1\.jpg"),
        ([("1.jpg", b""), ("1.cls", b"1"), ("1.cls", b"2")], r"two files 1\.cls"),
        ([("1.cls", b"1")], "no images in .*train-0.tar"),
        ([], "no images in .*train-0.tar"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, members: list[Member], said: str
) -> None:
    with pytest.raises(BudamaError, match=said):
        listing(tmp_path, members)


def shard(image: bytes) -> bytes:
    return tar_of(pairs(image))


@pytest.mark.parametrize(
    "damage", ["cut", "cut between", "header", "joined", "noise", "empty", "gzip", "zstd"]
)
def test_damaged_and_compressed_archives_lose_nothing_silently(
    tmp_path: Path, image: bytes, damage: str
) -> None:
    content = bytearray(bytes(shard(image)))
    match damage:
        case "cut":
            content = content[:1300]
        case "cut between":
            content = content[:2048]
        case "header":
            content[2048 + 100] ^= 0xFF
        case "joined":
            content = content * 2
        case "noise":
            content = bytearray(b"<html>not found</html>" * 99)
        case "empty":
            content = bytearray()
        case "gzip":
            content[:2] = b"\x1f\x8b"
        case "zstd":
            content[:4] = b"\x28\xb5\x2f\xfd"
    (tmp_path / "train-0.tar").write_bytes(content)
    expected = {
        **dict.fromkeys(("cut", "header"), "is no whole tar archive"),
        "cut between": "is cut short: it ends without the mark",
        **{"joined": "two archives one behind the other", "gzip": "gzip -d", "zstd": "zstd -d"},
    }
    with pytest.raises(BudamaError, match=expected.get(damage, "cannot be read as a tar archive")):
        source_of(tmp_path).listing()


def test_compressed_shards_are_to_be_unpacked(tmp_path: Path, image: bytes) -> None:
    write_tar(tmp_path / "train-0.tar.gz", [("1.jpg", image)])
    with pytest.raises(
        BudamaError, match=r"train-0\.tar\.gz is compressed, .* Unpack the archives"
    ):
        source_of(tmp_path).check()


def test_one_file_is_of_one_part(tmp_path: Path, image: bytes) -> None:
    (tmp_path / "latest-train-0.tar").write_bytes(shard(image))
    with pytest.raises(BudamaError, match=r"latest-train-0\.tar: is of the training part"):
        source_of(tmp_path, test="**/*test*.tar").check()
    (tmp_path / "val.tar").symlink_to("latest-train-0.tar")
    with pytest.raises(BudamaError, match=r"/val\.tar: is of the training part"):
        source_of(tmp_path).check()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("train-0.tar//1.jpg@512+999999", "the archive ends before it"),
        ("train-0.tar//1.jpg@99999999999999999999+1", "does not say where"),
        ("train-0.tar//1.jpg@999999999999999999+1", "the archive ends before it"),
        ("train-0.tar//1.jpg@0+999999999999999999", "the archive ends before it"),
        ("train-0.tar//1.jpg", "does not say where in the archive"),
        ("gone.tar//1.jpg@512+5", "the archive is missing"),
        ("/etc/passwd//x@0+5", "leads out of the dataset's folder"),
        ("a/../../x//x@0+5", "leads out of the dataset's folder"),
    ],
)
def test_keys_that_find_nothing_are_unreadable(
    tmp_path: Path, image: bytes, key: str, said: str
) -> None:
    (tmp_path / "train-0.tar").write_bytes(shard(image))
    with pytest.raises(UnreadableError, match=said):
        source_of(tmp_path).content("train", key)
