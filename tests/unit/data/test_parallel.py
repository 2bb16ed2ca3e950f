import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from budama.data.parallel import each_in_processes
from budama.system.errors import BudamaError


def square(number: int) -> int:
    return number * number


def fragile(number: int) -> int:
    if number == 40:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def hopeless(_number: int) -> int:
    os._exit(3)


def refuse(number: int) -> int:
    raise BudamaError(f"no {number}")


def test_results_come_in_order_whatever_the_number_of_processes() -> None:
    for processes in (0, 1, 3):
        found = list(each_in_processes(square, range(300), processes, square))
        assert found == [number * number for number in range(300)]


def test_the_item_at_which_a_process_dies_is_found_and_the_rest_is_done() -> None:
    found = list(each_in_processes(fragile, range(200), 2, lambda number: -number))
    assert found == [*range(40), -40, *range(41, 200)]


def test_processes_that_cannot_live_are_an_error() -> None:
    with pytest.raises(BudamaError, match="end at once, one after the other"):
        list(each_in_processes(hopeless, range(10), 1, square))


def test_what_the_work_raises_is_raised_here() -> None:
    with pytest.raises(BudamaError, match=r"^no 0$"):
        list(each_in_processes(refuse, range(10), 1, square))


SCRIPT = """
import os, sys, time
from budama.data.parallel import each_in_processes

def wait(number):
    print(os.getpid(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    list(each_in_processes(wait, range(1), 1, wait))
"""


def command_of(process: int) -> bytes:
    """Return a process's command: nothing of one that is gone, or that nobody has waited for."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


def test_no_process_outlives_a_killed_parent(tmp_path: Path) -> None:
    (tmp_path / "wait.py").write_text(SCRIPT)
    command = [sys.executable, str(tmp_path / "wait.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while command_of(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)
