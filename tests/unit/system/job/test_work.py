import subprocess
import sys
import time
from pathlib import Path

import pytest

from budama.system.job.work import Work, age, timed, told

ROOT = Path(__file__).parents[4]
# what describes, draws and times what is there
SMALL = [
    *(
        "analyse",
        "audit",
        "cache",
        "card",
        "comparison",
        "latency",
        "pictures",
        "prepare",
        "report",
    ),
    *("selftest", "summarise"),
]


def test_what_happened_before_the_stage_was_called_is_no_work(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import time\n"
        "from budama.system.job.work import timed\n"
        "time.sleep(0.5)\n"
        "slept = []\n"
        "def work():\n"
        "    start = time.perf_counter()\n"
        "    time.sleep(0.3)\n"
        "    slept.append(time.perf_counter() - start)\n"
        "print(timed(work))\n"
        "print(*slept)\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    found = told(f"2026-11-22 12:00:00,000 INFO {done.stdout}")
    assert found is not None
    # what it slept, however late it woke
    assert found.work == pytest.approx(float(done.stdout.split()[-1]), abs=0.1)
    assert found.rest > 0.5


def test_a_log_that_stops_early_tells_nothing_and_the_last_line_counts() -> None:
    assert told("INFO train: 3/10 steps\n") is None
    assert told(f"INFO {Work(1, 2)}\nINFO {Work(3.25, 4)}\n") == Work(3.25, 4)


def test_the_age_is_that_of_the_process() -> None:
    before = age()
    time.sleep(0.1)
    assert before > 0
    assert 0.08 < age() - before < 5


def test_work_that_fails_raises_what_it_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        timed(lambda: print(1 / 0))


def test_small_jobs_do_not_wait_for_torch() -> None:
    modules = ["budama.system.job.frame", *(f"budama.stages.{name}" for name in SMALL)]
    program = (
        "import importlib, sys\n"
        f"for name in {[*modules, 'budama.report.show']}:\n"
        "    importlib.import_module(name)\n"
        "    assert 'torch' not in sys.modules, name\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
