"""Work in a process of its own, which is ended when it takes too long or too much memory.

For code of which nobody knows whether it ends: ``in_bounds`` starts the process and watches it,
``answer`` is what runs inside. JSON goes in, and lines of JSON come out: the step that it is at,
what it may take more, and at last what was found.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from runpy import run_module
from threading import Thread
from typing import Any, NoReturn

import psutil

from budama.system.errors import BudamaError
from budama.system.job.imports import load_without_compiler
from budama.system.job.orphans import die_with_parent

GIB = 2**30
# A process that waits is ended after so many times the seconds that it may compute: on a machine
# with much else to do, one that computes is slow
IDLE = 30
_EVERY_S = 0.1
_LIBRARY = Path(__file__).resolve().parents[3]

Tell = Callable[..., None]


@dataclass(frozen=True)
class Bounds:
    """What a process may take: seconds of processor time and bytes of memory.

    Processor time, because on a busy machine other work does not use it up.
    """

    seconds: float
    memory: float


class OutOfBoundsError(BudamaError):
    """A process was ended or has died: at which ``step``, and ``why``."""

    def __init__(self, step: str, why: str) -> None:
        super().__init__(f"{step or 'starting'} {why}")
        self.step, self.why = step, why


def in_bounds(
    module: str, given: Mapping[str, Any], bounds: Bounds, on_step: Callable[[str], object] = str
) -> Any:
    """Return what ``python -m module`` answers to ``given``; ``on_step`` hears of each step.

    Its processor time is that of one thread, so that the bound does not depend on how many cores
    there are. Raises ``BudamaError`` with the process's error, and its kind ``OutOfBoundsError`` if
    it takes more than ``bounds`` and what it has told that it needs more, or dies.
    """
    paths = [str(_LIBRARY), *filter(None, [os.environ.get("PYTHONPATH")])]
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | threads | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(given))
        process.stdin.close()
        return _answer_of(process, bounds, on_step)
    finally:
        process.kill()
        process.wait()


def _answer_of(
    process: "subprocess.Popen[str]", bounds: Bounds, on_step: Callable[[str], object]
) -> Any:
    lines: SimpleQueue[str] = SimpleQueue()
    Thread(target=_read, args=(process, lines), daemon=True).start()
    seconds, memory, step = bounds.seconds, bounds.memory, ""
    start = time.monotonic()
    while True:
        try:
            line = lines.get(timeout=_EVERY_S)
        except Empty:
            _check(process, step, Bounds(seconds, memory), time.monotonic() - start)
            continue
        if not line:
            _died(process, step)
        told = json.loads(line)
        if "error" in told:
            raise BudamaError(told["error"])
        if "found" in told:
            return told["found"]
        seconds, memory = seconds + told["seconds"], memory + told["memory"]
        if told["step"] != step:
            step = told["step"]
            on_step(step)


def _read(process: "subprocess.Popen[str]", lines: "SimpleQueue[str]") -> None:
    """Pass on each line, and an empty one at the end."""
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put("")


def _check(process: "subprocess.Popen[str]", step: str, bounds: Bounds, waited: float) -> None:
    try:
        found = psutil.Process(process.pid)
        times, used = found.cpu_times(), found.memory_info().rss
    except psutil.Error:
        return  # it has just ended: its last line is on the way
    spent = times.user + times.system
    if spent > bounds.seconds or waited > IDLE * bounds.seconds:
        raise OutOfBoundsError(step, f"had not ended after {min(spent, waited):.0f} s")
    if used > bounds.memory:
        raise OutOfBoundsError(step, f"took more than {bounds.memory / GIB:.1f} GiB of memory")


def _died(process: "subprocess.Popen[str]", step: str) -> NoReturn:
    code = process.wait()
    killed = f"was killed by signal {-code}, most likely for want of memory"
    ended = f"ended its process with code {code}, and the log holds what that printed"
    raise OutOfBoundsError(step, killed if code < 0 else ended)


def answer(work: Callable[[dict[str, Any], Tell], Any]) -> None:
    """Be the process: read what is given, do ``work``, write what it returns or its mistake.

    ``work`` is given a function to tell with at which step it is, and how many ``seconds`` and how
    much ``memory`` it may take more. What libraries print goes to standard error.
    """
    die_with_parent()
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**words: Any) -> None:
        print(json.dumps(words), file=channel, flush=True)

    def tell(step: str, seconds: float = 0.0, memory: float = 0.0) -> None:
        say(step=step, seconds=seconds, memory=memory)

    try:
        found = work(json.load(sys.stdin), tell)
    except BudamaError as error:
        say(error=str(error))
    else:
        say(found=found)


if __name__ == "__main__":
    load_without_compiler()
    run_module(sys.argv[1], run_name="__main__")
