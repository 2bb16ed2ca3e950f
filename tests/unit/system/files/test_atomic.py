import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from budama.system.errors import BudamaError
from budama.system.files.atomic import write_bytes, write_json, write_text


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "scores.json"
    write_bytes(target, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BudamaError, match=r"cannot write .*scores.json: the disk is full; free"):
        write_bytes(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_write_that_the_system_cuts_short_leaves_no_part(tmp_path: Path) -> None:
    """A real short write, in a process that may write 1,000 bytes at most."""
    target = tmp_path / "model.safetensors"
    code = (
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from pathlib import Path; from budama.system.files.atomic import write_bytes\n"
        f"write_bytes(Path({str(target)!r}), bytes(5000))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert f"BudamaError: cannot write {target}: the file would pass the size limit" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where a folder should be")
    with pytest.raises(BudamaError, match=r"cannot write .*results/a/b.csv: Not a directory"):
        write_bytes(tmp_path / "results" / "a" / "b.csv", b"")


def test_json_that_other_programs_could_not_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", {"accuracy": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_of_a_file_goes_when_it_is_written_again(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = tmp_path / f".model.json.{gone.pid}.part"
    others = [tmp_path / f".model.json.{os.getppid()}.part", tmp_path / ".other.json.1.part"]
    for part in (left, *others):
        part.touch()
    write_text(tmp_path / "model.json", "{}")
    assert not left.exists()
    assert all(part.exists() for part in others)
