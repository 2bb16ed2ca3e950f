import os
import signal
import subprocess
import sys
import time
from pathlib import Path

# A workflow that starts a shell that starts a job, as Snakemake does
WORKFLOW = """
import subprocess, sys
command = "export BUDAMA_WORKFLOW=$PPID; " + sys.argv[1] + "; true"
subprocess.Popen(["bash", "-c", command])
sys.stdin.read()
"""
JOB = """
import os, signal, sys, time
from pathlib import Path
from budama.system.job.orphans import end_with_the_workflow
told = Path(sys.argv[1])
def stop(*_):
    told.write_text("saved")
    sys.exit(1)
signal.signal(signal.SIGTERM, stop)
end_with_the_workflow()
told.write_text(str(os.getpid()))
time.sleep(60)
"""


def wait_for(told: Path, what: str) -> str:
    for _ in range(400):
        if told.exists() and (text := told.read_text()) and (what in text or what == "pid"):
            return text
        time.sleep(0.05)
    raise AssertionError(f"{told} never said {what}")


def test_a_job_saves_and_ends_when_its_workflow_is_killed(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(JOB)
    told = tmp_path / "told"
    job = f"{sys.executable} {tmp_path}/job.py {told}"
    workflow = subprocess.Popen([sys.executable, "-c", WORKFLOW, job], stdin=subprocess.PIPE)
    process = int(wait_for(told, "pid"))
    os.kill(process, 0)  # it lives, as long as the workflow does
    workflow.send_signal(signal.SIGKILL)  # and is not waited for: a zombie counts as gone
    assert wait_for(told, "saved") == "saved"
    workflow.wait()


def test_a_job_that_no_workflow_started_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(JOB.replace("time.sleep(60)", "time.sleep(1.2)"))
    command = f"{sys.executable} {tmp_path}/job.py {tmp_path}/told & sleep 0.1"
    environment = {k: v for k, v in os.environ.items() if k != "BUDAMA_WORKFLOW"}
    subprocess.run(["bash", "-c", command], env=environment, check=True)
    wait_for(tmp_path / "told", "pid")
    time.sleep(0.8)
    assert (tmp_path / "told").read_text() != "saved"
