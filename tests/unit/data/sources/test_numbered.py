from pathlib import Path

import pytest

from budama.data.sources.numbered import broken_links, missing


@pytest.mark.parametrize(
    ("there", "pattern", "absent"),
    [
        (["train-00000-of-00002.parquet"], "**/train-*.parquet", ["train-00001-of-00002.parquet"]),
        (["t-1-of-3.parquet", "t-3-of-3.parquet"], "*.parquet", ["t-2-of-3.parquet"]),
        (["t-00000-of-00002-0a1b.parquet", "t-00001-of-00002-9f.parquet"], "*.parquet", []),
        (["t-00000-of-00009.parquet"], "**/t-00000-*.parquet", []),
        (["all.parquet", "t-1.parquet"], "*.parquet", []),
    ],
)
def test_names_promise_other_files(there: list[str], pattern: str, absent: list[str]) -> None:
    found = missing([Path("data", name) for name in there], pattern)
    assert found == [Path("data", name) for name in absent]


def test_links_to_nothing_are_found_where_a_pattern_looks(tmp_path: Path) -> None:
    for folder in ("data", ".cache"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "train-0.parquet").symlink_to("gone")
        (tmp_path / folder / "other.parquet").symlink_to("gone")
    patterns = ["**/train-*.parquet", "data/train-0.parquet"]
    assert broken_links(tmp_path, patterns) == {tmp_path / "data/train-0.parquet"}
