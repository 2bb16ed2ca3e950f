import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from budama.running import LOCK, SNAKEMAKES_LOCKS, forget_a_killed_run

RUN = """
import sys
from budama.running import say_that_it_runs
say_that_it_runs()
print("at work", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "subprocess.Popen[str]":
    """A process that says it runs in the current folder, with one of Snakemake's locks there."""
    monkeypatch.chdir(tmp_path)
    SNAKEMAKES_LOCKS.mkdir(parents=True)
    lock = SNAKEMAKES_LOCKS / "0.input.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    process = subprocess.Popen(
        [sys.executable, "-c", RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    return process


def locks() -> list[str]:
    forget_a_killed_run()
    return [lock.name for lock in SNAKEMAKES_LOCKS.iterdir()]


def test_the_locks_of_a_killed_run_are_removed_and_not_those_of_a_living_one(
    workflow: "subprocess.Popen[str]",
) -> None:
    assert locks() == ["0.input.lock"]
    workflow.kill()
    workflow.wait()
    (SNAKEMAKES_LOCKS / "1.input.lock").touch()
    assert locks() == ["1.input.lock"], "another run may just have made the new one"


def test_a_run_on_another_machine_is_not_judged(workflow: "subprocess.Popen[str]") -> None:
    workflow.kill()
    workflow.wait()
    assert LOCK.read_text() == f"{socket.gethostname()} {workflow.pid}\n"
    LOCK.write_text("elsewhere 1\n")
    assert locks() == ["0.input.lock"]
