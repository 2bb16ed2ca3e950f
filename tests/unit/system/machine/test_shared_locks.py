import fcntl
import os
from pathlib import Path

import pytest

from budama.system.errors import BudamaError
from budama.system.machine.shared_locks import make_shared_folder, take_shared_lock


def test_a_lock_that_was_swept_away_holds_nobody_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever cleans /tmp may remove the file between its opening and its lock: the new counts."""
    file = tmp_path / "0.lock"
    flock = fcntl.flock

    def swept(descriptor: int, operation: int) -> None:
        monkeypatch.undo()
        file.unlink()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", swept)
    held = take_shared_lock(file, "")
    assert held is not None
    assert take_shared_lock(file, "") is None
    os.close(held)


def test_a_folder_that_cannot_be_shared_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(BudamaError, match=rf"{name} must be a folder\. Name another"):
            make_shared_folder(tmp_path / name, "Name another")
    with pytest.raises(BudamaError, match=r"locks cannot be made: Not a directory\. Name another"):
        make_shared_folder(tmp_path / "file/locks", "Name another")
    with pytest.raises(BudamaError, match=r"0.lock cannot be made: No such file .*\. Name another"):
        take_shared_lock(tmp_path / "gone/0.lock", "Name another")
