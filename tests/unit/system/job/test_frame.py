import subprocess
import sys
from pathlib import Path

STAGE = """
import os
from pathlib import Path
from budama.system.errors import BudamaError
from budama.system.job.progress import track

os.write(1, b"while it is imported\\n")
if Path("broken").exists():
    import a_library_that_is_not_there

def stage(*, output: Path, fail: str) -> None:
    for item in track(range(3), 3, "count"):
        os.write(1, b"from a library in C\\n")
    if fail == "user":
        raise BudamaError("the dataset is missing: do this")
    if fail == "bug":
        1 / 0
"""
SCRIPT = '''
"""Fail, or not."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from stage import stage

        run(stage)
'''


def start(folder: Path, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    (folder / "stage.py").write_text(STAGE)
    (folder / "script.py").write_text(SCRIPT)
    return subprocess.run(
        [sys.executable, "script.py", *arguments],
        input=given,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def run(
    tmp_path: Path, settings: str, *, given: str = ""
) -> tuple["subprocess.CompletedProcess[str]", str]:
    options = ["--output", "x", "--log", "logs/stage.log", "--settings", settings]
    done = start(tmp_path, *options, given=given)
    return done, (tmp_path / "logs/stage.log").read_text()


def test_the_log_gets_what_is_printed_and_the_terminal_nothing(tmp_path: Path) -> None:
    done, log = run(tmp_path, '{"fail": "no"}')
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert log.count("from a library in C") == 3
    assert log.index("while it is imported") > log.index('INFO script.py {"fail": "no"}')
    assert "INFO count: done, 3 batches in" in log
    assert "INFO worked for 0." in log.splitlines()[-1]


def test_a_users_mistake_is_one_line_without_a_traceback(tmp_path: Path) -> None:
    done, log = run(tmp_path, '{"fail": "user"}')
    assert done.returncode == 1
    assert done.stderr == "error: the dataset is missing: do this\n"
    assert "ERROR the dataset is missing" in log
    assert "Traceback" not in log


def test_settings_may_come_from_standard_input(tmp_path: Path) -> None:
    done, log = run(tmp_path, "-", given='{"fail": "user"}')
    assert done.stderr == "error: the dataset is missing: do this\n"
    assert 'script.py {"fail": "user"}' in log


def test_a_bug_names_the_log_that_holds_its_traceback(tmp_path: Path) -> None:
    done, log = run(tmp_path, '{"fail": "bug"}')
    assert done.returncode == 1
    assert done.stderr == (
        "error: unexpected ZeroDivisionError: division by zero; the traceback is in "
        "logs/stage.log\n"
    )
    assert "Traceback" in log


def test_a_library_that_is_missing_is_told_like_a_bug(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    done, log = run(tmp_path, '{"fail": "no"}')
    assert done.returncode == 1
    assert done.stderr.startswith("error: unexpected ModuleNotFoundError: No module named 'a_lib")
    assert "Traceback" in log


def test_settings_that_do_not_fit_are_named(tmp_path: Path) -> None:
    done, log = run(tmp_path, '{"fial": "no"}')
    assert done.returncode == 1
    assert done.stderr.startswith(
        "error: stage: the settings do not fit: the key 'fial' is unknown"
    )
    assert "Traceback" not in log


def test_settings_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    done, _ = run(tmp_path, "{fail: no}")
    assert done.returncode == 1
    assert done.stderr.startswith("error: --settings: this is not valid JSON: Expecting")


def test_a_missing_option_is_named_on_the_terminal(tmp_path: Path) -> None:
    done = start(tmp_path, "--log", "stage.log", "--settings", '{"fail": "no"}')
    assert done.returncode == 1
    assert "error: the following arguments are required: --output; script.py --help" in done.stderr


def test_help_tells_what_the_script_is_for_and_its_options(tmp_path: Path) -> None:
    done = start(tmp_path, "--help")
    assert done.returncode == 0
    assert "Fail, or not." in done.stdout
    assert "--output" in done.stdout
