"""What a run adds to the work of its jobs: ``make bench-overhead`` writes it into docs/overhead.md.

``--folder`` reads a folder in which the workflow has run, without running anything.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psutil

from budama.system.job.work import Work, told
from budama.workflow.configuration import load_config
from tests.workflow.project import copy_workflow
from tools.benchmarks.page import write_section

TITLE = "Running"
# these take every core, so that nothing runs beside them
ALONE = {"audit", "cache", "selftest", "latency"}
HOW = """\
`make bench-overhead` runs the demo from nothing and reads the logs, in which each job says how long
it worked: the time inside its stage's function, with the processes that this starts and the few
libraries that it imports late. *Jobs* is from a job's start to its end, as Snakemake recorded them;
*starts and imports* is what the log says beside the work. The rest of a job is its shell and the
end of its process; Snakemake itself and cores that waited are in the whole time alone.
"""


class Run(NamedTuple):
    """One job that ran: when, on how many cores, and what its log says (if it says it)."""

    rule: str
    threads: int
    start: float
    end: float
    work: Work


class Whole(NamedTuple):
    """A run of the workflow: seconds on the wall and, where known, of Snakemake's processor."""

    wall: float
    snakemake: float | None


def runs(folder: Path, cores: int) -> list[Run]:
    """Return the jobs that ran in ``folder``: Snakemake's records, joined with the jobs' logs."""
    dense = load_config(folder).compute.threads.dense
    cell = load_config(folder).compute.threads.cell
    threads = defaultdict(lambda: cell, {"dense": dense} | dict.fromkeys(ALONE, cores))
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for record in _records(folder):
        times[record["rule"], record["log"][0]] += [record["starttime"], record["endtime"]]
    found = []
    for (rule, log), moments in times.items():
        work = told((folder / log).read_text(encoding="utf-8", errors="replace"))
        if work is None:
            print(f"left out: {log} does not say how long the job worked", file=sys.stderr)
            continue
        found.append(Run(rule, min(threads[rule], cores), min(moments), max(moments), work))
    return found


def _records(folder: Path) -> Iterator[dict[str, Any]]:
    for file in (folder / ".snakemake/metadata").rglob("*"):
        if file.is_file():
            yield json.loads(file.read_text(encoding="utf-8"))


def table(jobs: Iterable[Run]) -> list[str]:
    """Return one row for each rule, the longest first."""
    rules: dict[str, list[Run]] = defaultdict(list)
    for job in jobs:
        rules[job.rule].append(job)
    rows = sorted(
        (
            sum(job.end - job.start for job in ran),
            sum(job.work.work for job in ran),
            sum(job.work.rest for job in ran),
            rule,
            len(ran),
        )
        for rule, ran in rules.items()
    )
    return [
        "| rule | number | jobs, s | work, s | starts and imports, s |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {rule} | {number} | {seconds:.1f} | {work:.1f} | {rest:.1f} |"
            for seconds, work, rest, rule, number in reversed(rows)
        ),
    ]


def conclusion(jobs: list[Run], whole: Whole, cores: int) -> str:
    """Return the whole's figures: what there is beside the work, and where it goes."""
    work = sum(job.work.work for job in jobs)
    busy = sum(job.end - job.start for job in jobs)
    worked = sum(job.threads * job.work.work for job in jobs)
    held = sum(job.threads * (job.end - job.start) for job in jobs)
    started = sum(job.threads * job.work.rest for job in jobs)
    had = cores * whole.wall
    parts = {
        "work": worked,
        "starts and imports": started,
        "ends of the jobs": held - worked - started,
        "no job (Snakemake, cores that waited)": had - held,
    }
    snakemake = (
        ""
        if whole.snakemake is None
        else f"Snakemake itself used {whole.snakemake:.1f} s of a processor "
        f"({whole.snakemake / whole.wall:.0%} of one core).\n"
    )
    lines = [f"| {name} | {part:.1f} | {part / had:.1%} |" for name, part in parts.items()]
    return (
        f"In all: **{whole.wall:.1f} s** on {cores} cores for {len(jobs)} jobs of {busy:.1f} s "
        f"({busy / whole.wall:.2f} at a time), with {work:.1f} s of work.\n\n"
        f"- Wall time over work: **{whole.wall / work:.2f}**. Jobs that run at the same time "
        "flatter this one.\n"
        f"- Cores x wall time over cores x work, each job on the cores that it holds: "
        f"**{had / worked:.2f}**. A core that waits counts.\n\n{snakemake}\n"
        "| of the core-seconds | s | share |\n|---|---:|---:|\n" + "\n".join(lines)
    )


def run_demo(folder: Path, cores: int) -> Whole:
    """Run the demo in a copy of the workflow."""
    project = copy_workflow(folder, "config", "resources/fashion-mnist-small")
    return watched(project.folder, cores, "demo")


def watched(folder: Path, cores: int, *arguments: str) -> Whole:
    """Run Snakemake in ``folder`` and watch what it uses itself, without its jobs."""
    start = time.perf_counter()
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(folder / "scripts")},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        used, snakemake = 0.0, psutil.Process(process.pid)
        while process.poll() is None:
            used = max(used, sum(snakemake.cpu_times()[:2]))
            time.sleep(0.2)
    if process.returncode:
        sys.exit((folder / "output.txt").read_text(encoding="utf-8"))
    return Whole(time.perf_counter() - start, used)


def section(folder: Path, whole: Whole | None, cores: int) -> str:
    """Return the page's section on what ran in ``folder``."""
    jobs = runs(folder, cores)
    if whole is None:
        span = max(job.end for job in jobs) - min(job.start for job in jobs)
        whole = Whole(span, None)
    return "\n".join([HOW, conclusion(jobs, whole, cores), "", *table(jobs)])


def main() -> None:
    """Print the section, and write it into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where it has run, all at once")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary).resolve() / "demo"
        whole = None if arguments.folder else run_demo(folder, arguments.cores)
        found = section(folder, whole, arguments.cores)
    print(found)
    if arguments.output:
        write_section(arguments.output, TITLE, found)


if __name__ == "__main__":
    main()
