from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from budama.config.data import Table
from budama.data.sources import open_source
from budama.data.sources.base import Listing
from budama.system.errors import BudamaError
from tests.unit.data.trees import write_image

ROWS = [
    *(("a/1.png", "cat", "train"), ("a/2.png", "cat", "val"), ("a/3.png", "cat", "test")),
    *(("b/1.png", "dog", "train"), ("b/2.png", "dog", "val"), ("b/3.png", "dog", "test")),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for shade, (path, *_) in enumerate(ROWS):
        write_image(tmp_path / path, 20 * shade)
    return tmp_path


def listing(root: Path, text: str | bytes, name: str = "t.csv", **keys: Any) -> Listing:
    content = text if isinstance(text, bytes) else text.encode()
    (root / name).write_bytes(content)
    keys = {"split": "split"} | keys
    return open_source(Table(format="table", root=str(root), file=name, **keys)).listing()


def text_of(rows: Sequence[tuple[str, ...]], header: str = "path,label,split") -> str:
    return "\n".join([header, *(",".join(row) for row in rows)]) + "\n"


def mistake(root: Path, text: str | bytes, name: str = "t.csv", **keys: Any) -> str:
    with pytest.raises(BudamaError) as caught:
        listing(root, text, name, **keys)
    return str(caught.value)


def test_images_have_the_part_and_the_class_of_their_row(root: Path) -> None:
    classes, images, skipped = listing(root, text_of(ROWS))
    assert classes == ["cat", "dog"]
    assert images["part"].tolist() == ["train"] * 2 + ["val"] * 2 + ["test"] * 2
    assert images["key"].tolist() == [f"{c}/{n}.png" for n in (1, 2, 3) for c in "ab"]
    assert images["label"].tolist() == [0, 1] * 3
    assert skipped == {}


def test_words_for_the_parts_are_understood(root: Path) -> None:
    words = ("Training", "valid", "TEST", "train", "dev", "testing")
    rows = [(path, label, word) for (path, label, _), word in zip(ROWS, words, strict=True)]
    assert listing(root, text_of(rows)).images["part"].value_counts().to_dict() == dict.fromkeys(
        ("train", "val", "test"), 2
    )
    rows[0] = ("a/1.png", "cat", "trian")
    said = mistake(root, text_of(rows))
    assert "line 2: the column 'split' says 'trian': did you mean 'train'?" in said


def test_the_word_for_the_test_part_may_be_another(root: Path) -> None:
    """The published test rows may have no labels."""
    rows = [(path, "" if part == "test" else label, part) for path, label, part in ROWS]
    _, images, skipped = listing(root, text_of(rows), test="val")
    assert images["part"].value_counts().to_dict() == {"train": 2, "test": 2}
    assert skipped == {"rows of a test part that is not the one asked for": 2}
    folds = [(path, label, part.replace("test", "fold 3")) for path, label, part in ROWS]
    assert (listing(root, text_of(folds), test="fold 3").images["part"] == "test").sum() == 2


def test_numbers_are_classes_in_their_order(root: Path) -> None:
    rows = [(path, "10" if label == "cat" else "9", part) for path, label, part in ROWS]
    classes, images, _ = listing(root, text_of(rows))
    assert classes == ["9", "10"]
    assert images["key"].iloc[0] == "b/1.png"


def test_names_of_columns_spaces_quotes_and_a_mark_of_byte_order(root: Path) -> None:
    write_image(root / "a, b/ü.png", 200)
    text = '\ufeffid, file ,species\r\n1,"a, b/ü.png", cat \r\n2,b/1.png,dog\r\n\r\n,,\r\n'
    found = listing(root, text, path="file", label="species", split=None, test=0.2)
    assert found.images["key"].tolist() == ["a, b/ü.png", "b/1.png"]
    assert found.classes == ["cat", "dog"]


def test_paths_are_absolute_or_relative_and_one_image_has_one_key(root: Path) -> None:
    outside = write_image(root.parent / f"{root.name}-outside.png", 250)
    rows = [(str(root / path), label, part) for path, label, part in ROWS]
    rows += [("./a//1.png", "cat", "train"), (f"//{root}/a/1.png", "cat", "train")]
    rows += [(str(outside), "dog", "train")]
    dataset = Table(format="table", root=str(root), file="t.csv", split="split")
    _, images, skipped = listing(root, text_of(rows))
    assert skipped == {"rows that name an image again": 2}
    assert set(images["key"]) == {path for path, *_ in ROWS} | {str(outside)}
    assert open_source(dataset).read("train", str(outside)).size == (8, 6)


def test_a_parquet_table_has_words_numbers_and_categories(root: Path) -> None:
    table = pd.DataFrame(ROWS, columns=["path", "label", "split"])
    table["split"] = table["split"].astype("category")
    table["label"] = table["label"].map({"cat": 2.0, "dog": 1.0})
    table.to_parquet(root / "x.parquet")
    found = listing(root, (root / "x.parquet").read_bytes(), "t.parquet")
    assert found.classes == ["1", "2"]
    table["label"] += 0.5
    table.to_parquet(root / "x.parquet")
    said = mistake(root, (root / "x.parquet").read_bytes(), "t.parquet")
    assert "the column 'label' has 2.5; expected are words or whole numbers" in said


@pytest.mark.parametrize("image", [b"1", {"bytes": b"1", "path": "a/1.png"}])
def test_a_parquet_table_of_bytes_belongs_to_another_format(root: Path, image: object) -> None:
    table = pa.table({"path": [image, image], "label": ["cat", "dog"], "split": ["train", "test"]})
    pq.write_table(table, root / "x.parquet")
    said = mistake(root, (root / "x.parquet").read_bytes(), "t.parquet")
    assert "the column 'path' holds bytes, and words are expected" in said
    assert "use 'format: parquet'" in said


def test_a_check_looks_at_the_beginning_alone(root: Path) -> None:
    """Not at a character that ends behind it, nor at what a listing reads anyway."""
    text = "\ufeffpath,label,split\n" + "ü" * 2**17
    (root / "t.csv").write_text(text)
    dataset = Table(format="table", root=str(root), file="t.csv", split="split")
    open_source(dataset).check()
    with pytest.raises(BudamaError, match="line 2: has 1 cells"):
        open_source(dataset).listing()


GOOD = text_of(ROWS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("label", "class"), "has no column 'label': "),
        (GOOD.replace("split", "label"), "has 2 columns 'label'"),
        (GOOD.replace(",", ";"), "its columns are separated by semicolons; in a .csv file commas"),
        (GOOD.replace(",", "\t"), "its columns are separated by tabs"),
        (GOOD.encode("utf-16"), "is UTF-16, or no text at all; save it as UTF-8"),
        (GOOD.replace("cat", "Käfer").encode("latin-1"), "line 2 is not UTF-8; save it as UTF-8"),
        (GOOD.replace("a/2.png,cat", "a/2.png,"), "line 3: the cell under 'label' is empty"),
        (GOOD.replace("b/1.png", " "), "line 5: the cell under 'path' is empty"),
        (GOOD.replace(",val", ""), r"line 3: has 2 cells, and the header 3"),
        (GOOD.replace("a/1", "a,b/1"), r"line 2: has 4 cells, and the header 3"),
        (GOOD + "a/1.png,dog,test\n", "1 images have several labels; the first, a/1.png, is 'cat'"),
        (GOOD + 'a/1.png,"dog', "line 8: cannot be read: .*A double quote opens a cell"),
        (GOOD.replace("dog,train", '"dog,train'), "line 5: cannot be read: unexpected end of data"),
        (GOOD.replace("dog,val", '"d"o"g,val'), "line 6: cannot be read: ',' expected after '\"'"),
        (GOOD.replace("cat", '"c\nat"'), r"the label 'c\\nat' holds a line break"),
        (GOOD.replace("cat", "1").replace("dog", "01"), "'01' and '1' are the same number"),
        (GOOD.replace(",test", ",val"), "no row is of the test part .*'test: 0.2'"),
        (GOOD.replace(",train", ",val"), "no row is of the training part"),
        (GOOD.replace("png", "jpg"), "none of 6 images .* there; the first, of line 2, would be /"),
        ("path,label,split\n", "t.csv names columns, and has no rows"),
        ("", "t.csv: is empty; its first line is to name its columns"),
        ("\ufeff\n", "t.csv: is empty; its first line is to name its columns"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(root: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(BudamaError, match=said):
        listing(root, text)


def test_paths_of_another_system_are_recognised(root: Path) -> None:
    said = mistake(root, GOOD.replace("/", "\\"))
    assert "Folders are separated by / here" in said


def test_a_test_part_is_there_or_drawn_and_not_both(root: Path) -> None:
    assert "take out one or the other" in mistake(root, GOOD, test=0.2)
    assert "nothing tells which images are for testing" in mistake(root, GOOD, split=None)
    drawn = listing(root, GOOD, split=None, test=0.2)
    assert set(drawn.images["part"]) == {"train"} and len(drawn.images) == 6


def test_files_that_are_no_tables_are_refused(root: Path) -> None:
    assert "must end in .csv" in mistake(root, GOOD, "t.txt")
    assert "cannot be read as a Parquet file" in mistake(root, GOOD, "t.parquet")
    source = open_source(Table(format="table", root=str(root), file="gone.csv", test=0.2))
    with pytest.raises(BudamaError, match=r"the file .*gone\.csv is missing"):
        source.check()
