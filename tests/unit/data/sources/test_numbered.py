from pathlib import Path

import pytest

from budama.data.sources.numbered import missing


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
