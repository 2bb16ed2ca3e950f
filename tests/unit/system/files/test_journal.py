"""A long measurement goes on where it was interrupted."""

from pathlib import Path

import pytest

from budama.system.errors import BudamaError
from budama.system.files.journal import Journal

ENTRIES = [{"ms": 1.5, "nodes": [["a", [1, 2]]]}, [1, 2], "three"]


def written(path: Path) -> str:
    with Journal(path, "key") as journal:
        for entry in ENTRIES:
            journal.append(entry)
        assert list(journal) == ENTRIES
    return path.read_text()


def entries(path: Path, key: str = "key") -> list[object]:
    with Journal(path, key) as journal:
        assert len(journal) == len(list(journal))
        return list(journal)


def test_what_was_found_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "folder/found.journal"
    written(path)
    assert entries(path) == ENTRIES


def test_an_entry_is_on_disk_at_once(tmp_path: Path) -> None:
    path = tmp_path / "found.journal"
    with Journal(path, "key") as journal:
        journal.append(ENTRIES[0])
        assert path.read_text().endswith(" [1, 2]]]}\n")


def test_wherever_it_was_cut_short_what_is_whole_counts(tmp_path: Path) -> None:
    path = tmp_path / "found.journal"
    text = written(path)
    for length in range(0, len(text) + 1, 3):
        path.write_text(text[:length])
        found = entries(path)
        assert found == ENTRIES[: len(found)]
        assert len(found) >= text[:length].count("\n") - 1
        with Journal(path, "key") as journal:
            journal.append("more")
        assert entries(path) == [*found, "more"]


def test_another_key_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "found.journal"
    written(path)
    assert entries(path, "other") == []
    assert entries(path) == []


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[1]\n[2]\n", b"{\n", b"null\n"])
def test_what_is_no_journal_begins_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "found.journal"
    path.write_bytes(content)
    assert entries(path) == []


def test_a_journal_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BudamaError, match=r"cannot write .*found\.journal"):
        Journal(tmp_path / "file/found.journal", "key")
