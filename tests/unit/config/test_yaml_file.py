from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from budama.config.yaml_file import YamlFile, check_keys, read_yaml
from budama.system.errors import BudamaError

ROOT = Path(__file__).parents[3]


def read(folder: Path, text: str) -> YamlFile:
    file = folder / "some.yaml"
    file.write_text(text, encoding="utf-8")
    return read_yaml(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("budgets: [1]\ntask: a\nbudgets: [2]\n", "lines 1 and 3: the key 'budgets'"),
        ("recipes:\n  short:\n    epochs: 1\n    epochs: 2\n", "lines 3 and 4: the key 'epochs'"),
        ("budgets: [{channels: 0.1, channels: 0.2}]", "line 1: the key 'channels'"),
        ("tasks: {on: 1, 'on': 2}", "line 1: the key 'on'"),
        ("tasks:\n  1_0: a\n  1_0: b", "lines 2 and 3: the key '1_0'"),
        ("a: &x {k: 1}\nb:\n  <<: *x\n  c: 1\n  <<: *x", "lines 3 and 5: the key '<<'"),
    ],
)
def test_a_key_that_stands_twice_in_a_block_is_named_with_both_lines(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(BudamaError, match=f"^{said} stands there twice in one block"):
        read(tmp_path, text)


def test_a_file_for_snakemake_is_looked_through_for_such_keys_alone(tmp_path: Path) -> None:
    given = tmp_path / "given.yaml"
    given.write_text("seed: 1\nseed: 2\n")
    with pytest.raises(BudamaError, match=r"given.yaml: lines 1 and 2: the key 'seed' stands"):
        check_keys(given)
    for text in ("seed: 1", '{\n\t"seed": 1}', "a: ["):
        given.write_text(text)
        check_keys(given)


def test_a_key_may_replace_one_that_is_merged(tmp_path: Path) -> None:
    """Also in a block that is merged itself, or stands there by its name again."""
    text = "a: &a {k: 1, m: 1}\nb: &b {<<: *a, k: 2}\nc: {<<: *b, k: 3}\nd: *b\ne: {<<: [*b, *a]}\n"
    found = read(tmp_path, text)
    assert found.value == yaml.safe_load(text)
    assert found.value["c"] == {"k": 3, "m": 1}


@pytest.mark.parametrize(
    "file", sorted((ROOT / "config").rglob("*.yaml")), ids=lambda file: file.stem
)
def test_values_are_those_of_a_plain_reader(file: Path) -> None:
    assert read_yaml(file).value == yaml.safe_load(file.read_text())


def test_keys_are_text_as_written(tmp_path: Path) -> None:
    text = "on: 1\n2024_11: 2\n2024-11-26: 3\n1e3: 4\n012: 5\n~: 6\n"
    keys = ["on", "2024_11", "2024-11-26", "1e3", "012", "~"]
    assert list(read(tmp_path, text).value) == keys


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("2024_11", 202411, "2024_11"),
        ("on", True, "on"),
        ("2024-11-26", date(2024, 11, 26), "2024-11-26"),
        ("1.10", 1.1, "1.10"),
        ("12:30", 750, "12:30"),
        ("1e3", "1e3", None),
        ("0o12", "0o12", None),
        ("'on'", "on", None),
        ("null", None, None),
        (
            "2024-13-45",
            "2024-13-45",
            "2024-13-45",
        ),  # the 13th month: looks like a date, and is none
        ("9" * 5000, "9" * 5000, "9" * 5000),
    ],
)
def test_how_a_value_is_written_is_known(
    tmp_path: Path, text: str, value: Any, written: str | None
) -> None:
    found = read(tmp_path, f"a: {{b: [x, &v {text}]}}\nc: *v\n")
    assert found.value == {"a": {"b": ["x", value]}, "c": value}
    assert found.written(("a", "b", 1)) == found.written(("c",)) == written
    assert found.written(("a", "tag of a schema", "b", 1, 0)) == written
    assert found.written(("a", "b")) is None


def test_numbers_that_nobody_means_and_dates_are_found(tmp_path: Path) -> None:
    text = "a: [012, 12:30, 1_000, 0x1f, 0, -7, 1.5]\nb: {c: 2024-11-26, d: '012', e: on}\n"
    found = {misread.at: misread.value for misread in read(tmp_path, text).misread()}
    assert found == {("a", 0): 10, ("a", 1): 750, ("b", "c"): date(2024, 11, 26)}


@pytest.mark.parametrize(
    "text", ["a: [1", "a: !!python/name:os.x", "? [a]\n: 1", "a: 1\n---\nb: 2", "\x00", "a: *b"]
)
def test_what_is_no_yaml_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(BudamaError, match=r"^cannot be read: [^\n]+$"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\ntrain: **/x.parquet", "line 2, column 9: .*a text that begins with [*] in quotes"),
        ("train: *train*.parquet", "line 1, .*a text that begins with [*] in quotes"),
        ("root: @x", "line 1, column 7: .*a text that begins with @ in quotes"),
        ("title: !x y", "line 1, column 8: .*a text that begins with ! in quotes"),
        ("title: TS: x", "line 1, column 10: .*a colon and a space in it in quotes"),
        ("a: [1\nb: 2\nc: 3", "line 2, .*while parsing a flow sequence .from line 1"),
        ("[" * 3000, "its blocks stand too deep in one another"),
    ],
)
def test_where_a_text_needs_quotes_the_place_and_the_way_out_are_told(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(BudamaError, match=said) as caught:
        read(tmp_path, text)
    assert "unicode string" not in str(caught.value)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_bytes("title: Café".encode("latin-1"))
    with pytest.raises(BudamaError, match="cannot be read: it is no text in UTF-8"):
        read_yaml(tmp_path / "some.yaml")
    (tmp_path / "some.yaml").write_bytes("title: x".encode("utf-16"))
    with pytest.raises(BudamaError, match="cannot be read: it is no text in UTF-8"):
        read_yaml(tmp_path / "some.yaml")
    (tmp_path / "some.yaml").write_bytes(b"\xef\xbb\xbftitle: x")  # as some editors save it
    assert read_yaml(tmp_path / "some.yaml").value == {"title": "x"}
