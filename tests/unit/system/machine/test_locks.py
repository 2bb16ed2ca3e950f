import subprocess
import sys
from pathlib import Path

from budama.system.machine.locks import take_lock

HOLD = """
import sys
from pathlib import Path
from budama.system.machine.locks import take_lock
print(take_lock(Path(sys.argv[1])) is not None, flush=True)
sys.stdin.read()
"""


def holder(lock: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, lock], stdin=-1, stdout=subprocess.PIPE, text=True
    )


def test_one_process_has_the_lock_until_it_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "made" / "job.lock"
    first = holder(lock)
    assert first.stdout is not None
    assert first.stdout.readline() == "True\n"
    try:
        assert take_lock(lock) is None
    finally:
        first.kill()
        first.wait()
    assert holder(lock).communicate("")[0] == "True\n"
    assert take_lock(lock, wait=True) is not None
