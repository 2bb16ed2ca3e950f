import os
from pathlib import Path

import pytest

from budama.system.reruns.fingerprint import fingerprint

CODE = 'def f(x):\n    return x + 1\n\n\nTEXT = """not a docstring"""\n'


@pytest.mark.parametrize(
    ("content", "same"),
    [
        ('"""New."""\n\n\ndef f(x):  # more\n    """Return."""\n    return (x\n        + 1)\n'
         '\nTEXT = """not a docstring"""\n', True),
        (CODE.replace("x + 1", "x + 2"), False),
        (CODE.replace("not a docstring", "another text"), False),
        ("def f(:\n", False),
    ],
)  # fmt: skip
def test_of_code_only_what_runs_counts(tmp_path: Path, content: str, same: bool) -> None:
    file = tmp_path / "code.py"
    file.write_text(CODE)
    before = fingerprint(file)
    file.write_text(content)
    assert (fingerprint(file) == before) is same


def test_a_folder_of_folders_shows_what_comes_and_goes(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats/1.jpg").touch()
    os.utime(tmp_path / "cats", (0, 0))
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    (tmp_path / "cats/1.jpg").rename(tmp_path / "cats/2.jpg")
    assert fingerprint(tmp_path) != before


def test_an_archive_beside_them_hides_no_folder(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    (tmp_path / "birds.tar").touch()
    before = fingerprint(tmp_path)
    os.utime(tmp_path / "cats", (0, 0))
    after = fingerprint(tmp_path)
    assert after != before
    (tmp_path / "hawks").mkdir()
    os.utime(tmp_path, (0, 0))
    assert fingerprint(tmp_path) != after


def test_of_an_archive_size_and_date_count(tmp_path: Path) -> None:
    """It is too large to be read each time."""
    shard = tmp_path / "train-0.tar"
    shard.write_bytes(b"one")
    before = fingerprint(shard)
    seen = shard.stat()
    shard.write_bytes(b"two")
    os.utime(shard, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert fingerprint(shard) == before
    os.utime(shard, ns=(seen.st_atime_ns, seen.st_mtime_ns - 1))
    assert fingerprint(shard) != before
    shard.write_bytes(b"three")
    os.utime(shard, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert fingerprint(shard) != before
