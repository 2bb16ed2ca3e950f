import subprocess
import sys
from pathlib import Path

SCRIPT = """
import logging, os, sys
from budama.system.errors import BudamaError
from budama.system.job.frame import run
from budama.system.job.progress import track

def main(arguments):
    for item in track(range(3), 3, "count"):
        os.write(1, b"from a library in C\\n")
    if arguments.settings["fail"] == "user":
        raise BudamaError("the dataset is missing: do this")
    if arguments.settings["fail"] == "bug":
        1 / 0

run(main, ["output"], description="test")
"""


def stage(
    tmp_path: Path, fail: str, *, from_input: bool = False
) -> tuple["subprocess.CompletedProcess[str]", str]:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    log = tmp_path / "logs" / "stage.log"
    settings = f'{{"fail": "{fail}"}}'
    done = subprocess.run(
        [
            *(sys.executable, script, "--output", "x", "--log", log),
            *("--settings", "-" if from_input else settings),
        ],
        input=settings if from_input else "",
        capture_output=True,
        text=True,
        check=False,
    )
    return done, log.read_text()


def test_the_log_gets_what_is_printed_and_the_terminal_nothing(tmp_path: Path) -> None:
    done, log = stage(tmp_path, "no")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert log.count("from a library in C") == 3
    assert "INFO count: done, 3 batches in" in log


def test_a_users_mistake_is_one_line_without_a_traceback(tmp_path: Path) -> None:
    done, log = stage(tmp_path, "user")
    assert done.returncode == 1
    assert done.stderr == "error: the dataset is missing: do this\n"
    assert "ERROR the dataset is missing" in log
    assert "Traceback" not in log


def test_settings_may_come_from_standard_input(tmp_path: Path) -> None:
    done, log = stage(tmp_path, "user", from_input=True)
    assert done.stderr == "error: the dataset is missing: do this\n"
    assert 'script.py {"fail": "user"}' in log


def test_a_bug_names_the_log_that_holds_its_traceback(tmp_path: Path) -> None:
    done, log = stage(tmp_path, "bug")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "error: unexpected ZeroDivisionError: division by zero; the trace"
    )
    assert "Traceback" in log
