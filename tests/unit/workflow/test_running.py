import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from budama.workflow.running import LOCK, SNAKEMAKES_LOCKS

RUN = """
import sys
from budama.workflow.running import enter, say_where_it_runs
enter()
if "runs" in sys.argv:
    say_where_it_runs()
print("at work", flush=True)
sys.stdin.read()
"""


def started(*arguments: str) -> "subprocess.Popen[str]":
    """Start a process that has read the workflow, and perhaps runs it, in the current folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments], stdin=-1, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    return process


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()


@pytest.fixture(params=["runs", "is about to run"])
def killed(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator["subprocess.Popen[str]"]:
    """A workflow that has made one of Snakemake's locks, and may be killed."""
    monkeypatch.chdir(tmp_path)
    process = started(request.param)
    SNAKEMAKES_LOCKS.mkdir(parents=True)
    (SNAKEMAKES_LOCKS / "0.input.lock").touch()
    yield process
    kill(process)


def locks() -> list[str]:
    """Return the locks that another process leaves there."""
    kill(started())
    return [lock.name for lock in SNAKEMAKES_LOCKS.iterdir()]


def test_the_locks_of_a_killed_run_are_removed_and_not_those_of_a_living_one(
    killed: "subprocess.Popen[str]",
) -> None:
    assert locks() == ["0.input.lock"]
    kill(killed)
    assert locks() == []


@pytest.mark.parametrize("killed", ["runs"], indirect=True)
def test_a_run_on_another_machine_is_not_judged(killed: "subprocess.Popen[str]") -> None:
    kill(killed)
    assert LOCK.read_text() == socket.gethostname()
    LOCK.write_text("elsewhere")
    assert locks() == ["0.input.lock"]
