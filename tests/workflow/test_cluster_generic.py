"""The profile for schedulers other than SLURM; two shell scripts pretend to be PBS."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.project import ROOT, Project

EXPORT = "results/tasks/small/dense/model.onnx"
ARGUMENTS = (
    "--workflow-profile=profiles/cluster-generic",
    "--latency-wait=5",
    "--seconds-between-status-checks=1",
)
# Runs the script in the background, as a cluster would elsewhere, and keeps its exit code.
QSUB = """#!/bin/sh
folder=$(dirname "$0")
echo "$@" > "$folder/asked"
for script; do :; done
(sh "$script" > "$folder/job.log" 2>&1; echo $? > "$folder/exit") > /dev/null 2>&1 &
echo 17.server
"""
QSTAT = """#!/bin/sh
folder=$(dirname "$0")
echo "Job Id: 17.server"
if [ -s "$folder/exit" ]; then
    printf '    job_state = F\\n    Exit_status = %s\\n' "$(cat "$folder/exit")"
else
    echo "    job_state = R"
fi
"""


@pytest.fixture
def pbs(tmp_path: Path) -> Path:
    folder = tmp_path / "pbs"
    folder.mkdir()
    for name, text in {"qsub": QSUB, "qstat": QSTAT}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def test_a_job_is_submitted_and_followed(finished: Project, pbs: Path) -> None:
    before = (finished.folder / EXPORT).read_bytes()
    (finished.folder / EXPORT).unlink()
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *ARGUMENTS, EXPORT],
        cwd=finished.folder,
        env=os.environ
        | {"PYTHONPATH": str(finished.folder / "scripts")}
        | {"PATH": f"{pbs}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + (pbs / "job.log").read_text()
    assert (finished.folder / EXPORT).read_bytes() == before
    asked = (pbs / "asked").read_text()
    assert "-l select=1:ncpus=1:mem=16000mb:ngpus=0 -l walltime=1:0:00" in asked
    assert re.search(r"-N budama\.export .*\.sh$", asked.strip())


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("job_state = Q", "running"),
        ("job_state = F\n Exit_status = 0", "success"),
        ("job_state = F\n Exit_status = 271", "failed"),
        ("job_state = F", "failed"),
        ("", "running"),
    ],
)
def test_what_pbs_says_of_a_job(pbs: Path, told: str, status: str) -> None:
    (pbs / "qstat").write_text(f"#!/bin/sh\nprintf '{told}\\n'\n")
    done = subprocess.run(
        ["sh", ROOT / "profiles/cluster-generic/status.sh", "17"],
        env={"PATH": f"{pbs}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [status]
