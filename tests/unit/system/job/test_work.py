import subprocess
import sys
import time
from pathlib import Path

import pytest

from budama.system.job.work import Work, age, measured, told

ROOT = Path(__file__).parents[4]


def test_imports_and_what_is_told_to_be_none_are_no_work(tmp_path: Path) -> None:
    (tmp_path / "slow_module.py").write_text("import time; time.sleep(0.5)\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import time\n"
        "from budama.system.job.work import measured, not_work\n"
        "with measured() as found:\n"
        "    import slow_module\n"
        "    start = time.perf_counter()\n"
        "    time.sleep(0.6)\n"
        "    not_work(0.2)\n"
        "    slept = time.perf_counter() - start\n"
        "print(*found)\n"
        "print(slept)\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    found = told(f"2026-11-22 12:00:00,000 INFO {done.stdout}")
    assert found is not None
    # what it slept, however late it woke, less 0.2; 0.5 and 0.2, and the start of Python
    assert found.work == pytest.approx(float(done.stdout.split()[-1]) - 0.2, abs=0.1)
    assert found.rest > 0.7


def test_a_log_that_stops_early_tells_nothing_and_the_last_line_counts() -> None:
    assert told("INFO train: 3/10 steps\n") is None
    assert told(f"INFO {Work(1, 2)}\nINFO {Work(3.25, 4)}\n") == Work(3.25, 4)


def test_the_age_is_that_of_the_process() -> None:
    before = age()
    time.sleep(0.1)
    assert before > 0
    assert 0.08 < age() - before < 5


def test_the_usual_import_comes_back_after_an_error() -> None:
    usual = __builtins__["__import__"]  # type: ignore[index]
    try:
        with measured():
            raise KeyError
    except KeyError:
        pass
    assert __builtins__["__import__"] is usual  # type: ignore[index]


def test_small_jobs_do_not_wait_for_torch() -> None:
    """What describes, draws and times what is there needs no torch."""
    small = ["card", "comparison", "latency", "pictures", "prepare", "report", "selftest"]
    program = (
        "import runpy, sys\n"
        f"for name in {[*small, 'analyse', 'show', 'summarise']}:\n"
        "    runpy.run_path(f'scripts/{name}.py', run_name='imported')\n"
        "    assert 'torch' not in sys.modules, name\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
