"""Machines that misbehave: a clear message or correct work, and never half a file."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.data.trees import write_food101, write_image
from tests.workflow.project import Project

SPLITS = "results/tasks/small/data/splits.parquet"
SNAKEMAKE = f"{shlex.quote(sys.executable)} -m snakemake --cores 2"
Mounted = Callable[[Project, str], str]


@pytest.fixture
def mounted() -> Mounted:
    """Run a script in a project, where it may mount what nobody else sees; return what it says."""
    for way in (["unshare", "-m"], ["unshare", "-rm"]):
        test = [*way, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        if subprocess.run(test, capture_output=True, check=False).returncode == 0:
            break
    else:
        pytest.skip("nothing may be mounted here: neither root nor user namespaces")

    def run(project: Project, script: str) -> str:
        done = subprocess.run(
            [*way, "bash", "-c", script],
            cwd=project.folder,
            env=os.environ | {"PYTHONPATH": str(project.folder / "scripts")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    return run


def test_a_full_disk_is_named_and_once_there_is_room_the_run_goes_on(
    fresh: Project, mounted: Mounted
) -> None:
    """A real one: what is left is enough for the logs and not for the first output."""
    text = mounted(
        fresh,
        f"""
        mkdir results; mount -t tmpfs -o size=2m tmpfs results
        {SNAKEMAKE} -n {SPLITS} > /dev/null
        dd if=/dev/zero of=results/filler bs=4k status=none 2> /dev/null
        truncate --size=-8k results/filler
        {SNAKEMAKE} {SPLITS}; echo "ended with $?"
        find results -name '*.parquet' -o -name '*.part' | sed 's/^/left: /'
        rm results/filler; mount -o remount,size=10m results
        {SNAKEMAKE} {SPLITS}; echo "ended with $?"
        """,
    )
    wrong = "error: cannot write results/datasets/bars/images.parquet: the disk is full; free some"
    assert wrong in text
    assert re.findall("ended with (.)", text) == ["1", "0"], text
    assert "left: " not in text


def test_a_read_only_results_folder_is_named_before_any_job(
    fresh: Project, mounted: Mounted
) -> None:
    text = mounted(
        fresh,
        f"""
        mkdir results; mount --bind results results; mount -o remount,bind,ro results
        {SNAKEMAKE} {SPLITS}; echo "ended with $?"
        """,
    )
    wrong = r"cannot write results/\S+: the file system is read-only; choose another"
    assert re.search(wrong, text)
    assert "ended with 1" in text
    assert "audit the images" not in text.partition("cannot write")[0].partition("Execute")[2]


def test_an_image_that_changes_after_the_audit_stops_the_training(fresh: Project) -> None:
    """It can still be decoded, and has the same size and date: only its content tells."""
    root = write_food101(fresh.folder / "food", train=6, test=3)
    old = "{format: fashion-mnist, root: images}"
    fresh.edit("config/config.yaml", old, f"{{format: food101, root: {root}}}")
    assert fresh.snakemake(SPLITS).returncode == 0
    for image in (root / "images/apple_pie").iterdir():
        before = image.stat()
        write_image(image, 77)
        os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
    done = fresh.snakemake("results/tasks/small/dense/model.safetensors")
    assert done.returncode != 0
    assert re.search(
        rf"error: {root}/images/apple_pie/\d+.jpg: has changed since the dataset was audited",
        done.stdout,
    )
    assert "or audit the changed data" in done.stdout
    assert "your command again, with --forcerun audit at its end" in done.stdout
    assert not (fresh.folder / "results/tasks/small/dense/model.safetensors").exists()


def test_a_second_snakemake_in_one_folder_is_sent_away(fresh: Project) -> None:
    """The first is held still while it has the folder; the second must not touch a file."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", SPLITS]
    environment = os.environ | {"PYTHONPATH": str(fresh.folder / "scripts")}
    first = subprocess.Popen(
        command, cwd=fresh.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    locks = fresh.folder / ".snakemake/locks"
    try:
        # written one after the other: the second tells what the run will write
        while not any(lock.stat().st_size for lock in locks.glob("*.output.lock")):
            assert first.poll() is None
            time.sleep(0.02)
        first.send_signal(signal.SIGSTOP)
        second = fresh.snakemake(SPLITS)
        assert second.returncode != 0
        assert "Directory cannot be locked" in second.stdout
        assert "no other Snakemake process is trying to create the same files" in second.stdout
        assert "Execute" not in second.stdout
    finally:
        first.send_signal(signal.SIGCONT)
    output, _ = first.communicate(timeout=120)
    assert first.returncode == 0, output


def dated(folder: Path, hours: float) -> None:
    """Move the dates of all files by so many hours."""
    for path in (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        date = path.stat().st_mtime_ns + int(3600e9 * hours)
        os.utime(path, ns=(date, date))


def test_results_older_than_what_they_are_made_from_are_kept(finished: Project) -> None:
    """The clock was set back before they were made: their content tells that nothing changed."""
    dated(finished.folder / "results", -2)
    # what really changed is still noticed, though it is not Python any more
    finished.edit("scripts/budama/criteria/magnitude.py", "import torch", "import (torch")
    calibrated = {job for job in finished.planned() if job.startswith("calibrate")}
    assert calibrated == {"calibrate magnitude"}


def test_results_from_the_future_are_not_trusted(finished: Project) -> None:
    """The clock was set back after they were made: what is changed now would look old."""
    for written in ("results", ".snakemake/log"):
        dated(finished.folder / written, 2)
    done = finished.snakemake("-n")
    assert done.returncode != 0
    assert re.search(r"\.snakemake/log/\S+ is dated .* in the future", done.stdout)
    command = re.search(r"date the files anew: (find .* \+) \.", done.stdout.replace("\n", " "))
    assert command is not None, done.stdout
    subprocess.run(shlex.split(command[1]), cwd=finished.folder, check=True)
    assert finished.planned() == set()
