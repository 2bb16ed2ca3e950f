from pathlib import Path

import pytest

from budama.config.data import ParquetFiles, Sharded, TarShards
from budama.data.sources.beside import beside, unpacked
from budama.system.errors import BudamaError


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def found(dataset: Sharded, suffix: str = ".tar") -> dict[str, int]:
    return dict(beside(dataset, dataset.files(), suffix))


@pytest.fixture
def shards(tmp_path: Path) -> TarShards:
    write(tmp_path, "train-0.tar")
    return TarShards(format="tar", root=str(tmp_path), test=0.2)


def test_what_is_not_read_is_counted_by_its_reason(shards: TarShards, tmp_path: Path) -> None:
    assert found(shards) == {}
    write(tmp_path, "deep/extra-0.tar", "test-0.tar", ".old.tar", "._train-1.tgz", "notes.txt")
    write(tmp_path, "train-0.tar.gz", "more.tar.gz")
    (tmp_path / "train-1.tar").symlink_to("nowhere")
    (tmp_path / "atrain-0.tar").symlink_to("train-0.tar")
    assert found(shards) == {
        "files that no pattern matches (more.tar.gz, test-0.tar, deep/extra-0.tar)": 3,
        "hidden files": 2,
        "compressed copies of files that are read": 1,
        "broken links": 1,
        "links to files that are read already": 1,
    }


@pytest.mark.parametrize("name", ["train-1.tar.gz", "deep/train-1.tgz", "train-1.tar.zst"])
def test_a_shard_that_is_still_compressed_is_refused(
    name: str, shards: TarShards, tmp_path: Path
) -> None:
    write(tmp_path, name)
    with pytest.raises(BudamaError, match=rf"{name}: is compressed, and train-1\.tar would be of"):
        found(shards)


def test_a_series_that_is_not_whole_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "data/train-3-of-3.parquet", "data/test-0-of-1.parquet")
    dataset = ParquetFiles(format="parquet", root=str(tmp_path))
    assert found(dataset, ".parquet") == {
        "files that are missing from a numbered series "
        "(data/train-1-of-3.parquet, data/train-2-of-3.parquet)": 2
    }
    assert "there is a data/train-1-of-3.parquet, data/train-2-of-3.parquet, too" in caplog.text


def test_compressed_files_are_known_by_their_names() -> None:
    names = ["a.tar.gz", "a.tgz", "a.tbz2", "a.parquet.zst", "a.tar", "agz"]
    assert [unpacked(name) for name in names] == [*["a.tar"] * 3, "a.parquet", "a.tar", "agz"]
