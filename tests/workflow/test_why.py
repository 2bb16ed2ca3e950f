"""``python scripts/why.py``, as a user calls it."""

import subprocess
import sys

from tests.workflow.project import Project, environment_of


def why(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "scripts/why.py", *arguments],
        cwd=project.folder,
        env=environment_of(project.folder),
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_cause_is_named_with_its_jobs_and_the_rest_follows(finished: Project) -> None:
    finished.edit("config/config.yaml", "0.005", "0.004")
    finished.edit("scripts/budama/criteria/coverage.py", "Field(0.25,", "Field(0.5,")
    (finished.folder / "results/reports/tiny/report.html").unlink()
    done = why(finished, "tiny")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:10] == [
        "27 jobs would run:",
        "- 1 job because scripts/budama/criteria/coverage.py has changed",
        "    calibrate coverage",
        "- 3 jobs because recipe.learning_rate changed from 0.005 to 0.004",
        "    fine-tune dense-finetuned, none, none, none, none, recover, seed 0",
        "    fine-tune magnitude, layer, none, channels-0.25, refit, recover, seed 0",
        "    fine-tune random, layer, none, channels-0.25, refit, recover, seed 0",
        "- 1 job because results/reports/tiny/report.html was made once and is not there",
        "    write the report of tiny",
        "- 22 more follow from them",
    ]
    assert done.stderr == ""


def test_a_target_that_nothing_makes_is_one_message(fresh: Project) -> None:
    done = why(fresh, "results/nothing.txt")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: no rule, scenario or file that the workflow makes: results/nothing.txt\n"
    )


def test_a_mistake_is_told_without_a_trace(fresh: Project) -> None:
    done = why(fresh, "tiny", "--config", "compute={processes: 3}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: recipes.start: batch_size 16 cannot be shared equally")
    assert done.stderr.count("\n") == 1
