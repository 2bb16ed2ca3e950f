from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from budama.config.data import ParquetFiles
from budama.data.sources import open_source, parquet_file
from budama.data.sources import parquet as reader
from budama.data.sources.base import Listing
from budama.data.sources.decoding import UnreadableError
from budama.system.errors import BudamaError
from tests.layouts import write_parquet
from tests.unit.data.trees import write_image

NAMES = ["tench, Tinca tinca", "goldfish"]


@pytest.fixture
def images(tmp_path: Path) -> list[bytes]:
    return [write_image(tmp_path / "images/x.png", 10 * n).read_bytes() for n in range(8)]


@pytest.fixture
def root(tmp_path: Path, images: list[bytes]) -> Path:
    """A set as the hub has it: two files for training, and no labels for the test."""
    rows = [{"bytes": content, "path": None} for content in images]
    data = tmp_path / "set/data"
    write_parquet(data / "train-00000-of-00002.parquet", rows[:3], [1, 0, 1], NAMES, 2)
    write_parquet(data / "train-00001-of-00002.parquet", rows[3:5], [0, 0], NAMES)
    write_parquet(data / "validation-00000-of-00001.parquet", rows[5:7], [1, 0], NAMES)
    write_parquet(data / "test-00000-of-00001.parquet", rows[7:], [-1], NAMES)
    return tmp_path / "set"


def dataset(root: Path, **keys: Any) -> ParquetFiles:
    return ParquetFiles(format="parquet", root=str(root), **keys)


def listing(root: Path, **keys: Any) -> Listing:
    return open_source(dataset(root, **keys)).listing()


def mistake(root: Path, **keys: Any) -> str:
    with pytest.raises(BudamaError) as caught:
        listing(root, **keys)
    return str(caught.value)


def test_a_test_part_without_labels_is_refused_and_validation_takes_its_place(
    root: Path, images: list[bytes]
) -> None:
    said = mistake(root)
    assert "row 0: has no label (none, or -1) under 'label'; 1 rows of test have none" in said
    assert "set 'test: \"**/validation-*.parquet\"'" in said
    source = open_source(dataset(root, test="**/validation-*.parquet"))
    classes, found, _ = source.listing()
    assert classes == NAMES
    assert found["part"].tolist() == ["train"] * 5 + ["test"] * 2
    assert found["label"].tolist() == [0, 0, 0, 1, 1, 0, 1]
    assert found["key"].iloc[2] == "data/train-00001-of-00002.parquet//1"
    contents = [source.content("", key) for key in found["key"]]
    assert contents == [images[place] for place in (1, 3, 4, 0, 2, 6, 5)]


def test_only_names_that_have_images_are_classes(tmp_path: Path, images: list[bytes]) -> None:
    names = ["shark", "zebra", "ant", "bee"]
    write_parquet(tmp_path / "set/one.parquet", images, [3, 1] * 4, names)
    found = listing(tmp_path / "set", train="one.parquet", test=0.25)
    assert found.classes == ["zebra", "bee"]
    assert set(found.images["part"]) == {"train"}


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["b", "a"] * 4, ["a", "b"]),
        ([10, 9] * 4, ["9", "10"]),
        ([True, False] * 4, ["False", "True"]),
        (pa.array(["x", "y"] * 4).dictionary_encode(), ["x", "y"]),
        ([10.0, 9.0] * 4, ["9", "10"]),
    ],
)
def test_labels_are_words_or_numbers(
    tmp_path: Path, images: list[bytes], labels: Any, classes: list[str]
) -> None:
    write_parquet(tmp_path / "set/all.parquet", images, labels)
    assert listing(tmp_path / "set", train="all.parquet", test=0.25).classes == classes


@pytest.mark.parametrize(
    ("image", "label", "said"),
    [
        (["a.png", "b.png"], [0, 1], "is of the type string; .* use 'format: table'"),
        ([[1, 2], [3, 4]], [0, 1], "is of the type list<.*expected are the bytes of image files"),
        ([b"1", b"2"], [0.5, 1], "the column 'label' has 0.5"),
        ([b"1", b"2"], [[0], [1]], "the column 'label' is of the type list"),
        ([b"1", b"2"], [0, None], "row 1: has no label"),
        ([b"1", b"2"], [1.0, -1.0], "row 1: has no label"),
        ([], [], "the column 'image' is of the type null|have no rows"),
    ],
)
def test_columns_that_do_not_fit_are_named(
    tmp_path: Path, image: list[Any], label: list[Any], said: str
) -> None:
    write_parquet(tmp_path / "train-1.parquet", image, label)
    with pytest.raises(BudamaError, match=said):
        listing(tmp_path, test=0.25)


def test_columns_may_have_other_names(tmp_path: Path, images: list[bytes]) -> None:
    table = pa.table({"img": images, "fine": ["x", "y"] * 4})
    pq.write_table(table, tmp_path / "train-0.parquet")
    assert "has no column 'image' with images: did you mean 'img'?" in mistake(tmp_path, test=0.2)
    assert "has no column 'label' with labels" in mistake(tmp_path, test=0.2, image="img")
    assert listing(tmp_path, test=0.2, image="img", label="fine").classes == ["x", "y"]


def test_files_that_disagree_about_names_are_of_two_sets(root: Path, images: list[bytes]) -> None:
    write_parquet(root / "data/train-9.parquet", images, [0, 1] * 4, NAMES[::-1])
    assert "give the numbers under 'label' other names" in mistake(root, test=0.2)
    write_parquet(root / "data/train-9.parquet", images, [0, 7] * 4)
    assert "has 7, and names for 0 to 1 only" in mistake(root, test=0.2)
    write_parquet(root / "data/train-9.parquet", images, [0, 1] * 4, ["crane", "crane"])
    assert "two numbers under 'label' have the name 'crane'" in mistake(
        root, test=0.2, train="**/train-9.parquet", val="**/none.parquet"
    )


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (["b", "a"], [0, 1], "are words, and in .*2.parquet numbers: write them alike"),
        (["0", "1"], [0, 1], "are words, and in .*2.parquet numbers"),
        ([True, False], [1.0, 0.0], "are truth values, and in .*2.parquet numbers"),
        ([1, 0], pa.array(["1", "0"]).dictionary_encode(), "are numbers, and in .*2.parquet words"),
    ],
)
def test_labels_are_of_one_kind_in_all_files(
    tmp_path: Path, images: list[bytes], one: Any, other: Any, said: str
) -> None:
    """Else the words and the numbers would be classes beside each other."""
    write_parquet(tmp_path / "train-1.parquet", images[:2], one)
    write_parquet(tmp_path / "train-2.parquet", images[2:4], other)
    with pytest.raises(BudamaError, match=said):
        listing(tmp_path, test=0.2)
    write_parquet(tmp_path / "train-2.parquet", images[2:4], one)
    assert len(listing(tmp_path, test=0.2).images) == 4


@pytest.mark.parametrize(("twice", "other"), [("label", "image"), ("image", "label")])
def test_two_columns_of_one_name_are_refused(tmp_path: Path, twice: str, other: str) -> None:
    columns = [pa.array([b"1"]), pa.array([b"1"]), pa.array([b"1"])]
    table = pa.Table.from_arrays(columns, names=[twice, twice, other])
    pq.write_table(table, tmp_path / "train-0.parquet")
    assert f"has 2 columns '{twice}'; keep one" in mistake(tmp_path, test=0.2)


def test_files_that_are_missing_or_lead_nowhere_are_told(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "data/train-00001-of-00002.parquet").unlink()
    (root / "data/train-9.parquet").symlink_to(root / "gone.parquet")
    series = "files that are missing from a numbered series (data/train-00001-of-00002.parquet)"
    other = "files that no pattern matches (data/test-00000-of-00001.parquet)"
    assert listing(root, test=0.2).skipped == {series: 1, "broken links": 1, other: 1}
    assert "there is a data/train-00001-of-00002.parquet, too, which is missing" in caplog.text
    caplog.clear()
    some = listing(root, test=0.2, train="**/train-00000-of-*.parquet").skipped
    assert some == {"broken links": 1, other: 1}
    assert not caplog.records


def test_labels_have_no_line_breaks(tmp_path: Path, images: list[bytes]) -> None:
    write_parquet(tmp_path / "train-0.parquet", images, ["a\nb", "c"] * 4)
    assert r"the label 'a\nb' holds a line break" in mistake(tmp_path, test=0.2)


def test_patterns_that_match_nothing_or_too_much_are_explained(root: Path) -> None:
    said = mistake(root, train="**/training-*.parquet")
    assert "no file under" in said and "There are data/test-00000-of-00001.parquet, " in said
    assert "is of the training part" in mistake(root, train="**/*.parquet")
    assert "the folder /nowhere is missing" in mistake(Path("/nowhere"))


def test_damaged_files_are_named(root: Path) -> None:
    path = root / "data/train-00001-of-00002.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert f"{path}: cannot be read as a Parquet file" in mistake(root, test=0.2)
    path.write_bytes(whole[:4] + bytes(len(whole) - 400) + whole[-396:])
    source = open_source(dataset(root))
    key = "data/train-00001-of-00002.parquet//0"
    with pytest.raises(UnreadableError):
        source.content("train", key)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("data/train-00000-of-00002.parquet//3", "no such row"),
        ("data/train-00000-of-00002.parquet//-1", "no such row"),
        ("data/train-00000-of-00002.parquet//x", "invalid literal"),
        ("data/gone.parquet//0", "gone.parquet is missing"),
        ("../set/data/train-00000-of-00002.parquet//0", "leads out of the dataset's folder"),
        ("data/train-00000-of-00002.parquet", "leads out"),
    ],
)
def test_keys_that_find_nothing_are_unreadable(root: Path, key: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        open_source(dataset(root)).content("train", key)


def test_a_row_with_a_path_alone_is_unreadable(tmp_path: Path) -> None:
    rows = [{"bytes": None, "path": "1.png"}, {"bytes": b"x", "path": "2.png"}]
    write_parquet(tmp_path / "train-0.parquet", rows, ["a", "b"])
    with pytest.raises(UnreadableError, match=r"holds no bytes \(only a path, maybe\)"):
        open_source(dataset(tmp_path)).content("train", "train-0.parquet//0")


def test_large_parts_are_listed_and_read_in_the_order_of_their_files(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = open_source(dataset(root, test="**/validation-*.parquet"))
    train = source.listing().images.query("part == 'train'")
    assert source.blocks(train) is None
    monkeypatch.setattr(reader, "KEPT_BYTES", 400)
    monkeypatch.setattr(reader, "_VARIED", 1)
    source = open_source(dataset(root, test="**/validation-*.parquet"))
    train = source.listing().images.query("part == 'train'").reset_index(drop=True)
    rows = [
        f"data/train-0000{f}-of-00002.parquet//{r}"
        for f, r in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1))
    ]
    assert train["key"].tolist() == rows
    blocks = source.blocks(train)
    assert blocks is not None
    assert blocks.of.tolist() == [0, 0, 1, 2, 2]
    assert blocks.together == 1
    # of a split, which has some of the images in another order
    some = source.blocks(train.iloc[[4, 2, 3]])
    assert some is not None and some.of.tolist() == [1, 0, 1]


def test_each_group_is_read_once_in_the_order_of_an_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [bytes([n]) * 100 for n in range(60)]
    write_parquet(tmp_path / "train-0.parquet", contents, [n % 2 for n in range(60)], None, 5)
    monkeypatch.setattr(reader, "KEPT_BYTES", 4 * 700)
    monkeypatch.setattr(reader, "_VARIED", 1)
    source = open_source(dataset(tmp_path, test=0.2))
    images = source.listing().images
    blocks = source.blocks(images)
    assert blocks is not None and 1 < blocks.together < 6
    read = []
    original = reader.ParquetImages._read_group

    def counted(self: reader.ParquetImages, which: tuple[str, int]) -> pa.Array:
        read.append(which)
        return original(self, which)

    monkeypatch.setattr(reader.ParquetImages, "_read_group", counted)
    source = open_source(dataset(tmp_path, test=0.2))
    for place in blocks.permutation(np.random.default_rng(0)):
        key = images["key"][int(place)]
        assert source.content("train", key) == contents[int(key.rpartition("/")[2])]
    assert len(read) == len(set(read)) == 12


@pytest.mark.parametrize("is_sorted", [False, True])
def test_rows_sorted_by_class_are_read_in_any_order_and_that_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    is_sorted: bool,
) -> None:
    """Windows would hold a few classes at a time, and what is trained on them learns little."""
    labels = [n // 100 if is_sorted else n % 6 for n in range(600)]
    contents = [n.to_bytes(2, "big") * 50 for n in range(600)]
    write_parquet(tmp_path / "train-0.parquet", contents, labels, None, 10)
    meta = pq.ParquetFile(tmp_path / "train-0.parquet").metadata
    sizes = [meta.row_group(n).column(0).total_uncompressed_size for n in range(60)]
    monkeypatch.setattr(reader, "KEPT_BYTES", int(0.8 * sum(sizes)))
    source = open_source(dataset(tmp_path, test=0.2))
    assert (source.blocks(source.listing().images) is None) is is_sorted
    assert ("training will read a row group for every image" in caplog.text) is is_sorted


def test_row_groups_that_no_process_can_hold_are_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_file, "_LARGEST_GROUP", 100)
    said = mistake(root, test=0.2)
    assert "has a row group of 0.0 GiB" in said and "p.ParquetWriter('NEW.parquet'" in said


def test_the_advice_on_large_row_groups_works(root: Path, tmp_path: Path) -> None:
    """It is carried out as it stands."""
    old = root / "data/train-00001-of-00002.parquet"
    code = parquet_file._REPACK.partition("in Python: ")[2]
    new = tmp_path / "NEW.parquet"
    exec(code.replace("OLD.parquet", str(old)).replace("NEW.parquet", str(new)), {})
    assert pq.read_table(new).equals(pq.read_table(old))
    assert b"huggingface" in pq.read_schema(new).metadata


def test_what_the_hub_leaves_in_hidden_folders_is_no_part(root: Path) -> None:
    hidden = root / ".cache/huggingface/train-00000-of-00001.parquet"
    hidden.parent.mkdir(parents=True)
    hidden.write_bytes(b"")
    assert len(dataset(root).files()["train"]) == 2
    assert isinstance(listing(root, test=0.2).images, pd.DataFrame)


def test_a_listing_opens_each_of_many_files_three_times_at_most(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look at all of them before any is read, to read, and for the sizes of row groups."""
    opened: Counter[Path] = Counter()
    original = parquet_file.open_parquet

    def counted(path: Path) -> pq.ParquetFile:
        opened[path] += 1
        return original(path)

    monkeypatch.setattr(reader, "_FILES", 1)
    monkeypatch.setattr(parquet_file, "open_parquet", counted)
    listing(root, test=0.2)
    assert len(opened) == 3
    assert max(opened.values()) <= 3
