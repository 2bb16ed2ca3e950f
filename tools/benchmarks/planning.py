"""How long Snakemake plans: ``make bench-planning`` writes it into docs/overhead.md."""

import argparse
import json
import os
import platform
import pstats
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from budama.criteria.registry import criterion_names
from tests.workflow.project import ROOT, Project, copy_workflow
from tools.benchmarks.page import write_section

TITLE = "Planning"
GOAL_S = 15
SEEDS = [0, 1, 2]
SCOPES = ["layer", "global"]
BUDGETS = [{"channels": share} for share in (0.1, 0.2, 0.3, 0.4, 0.5)]
PROFILED = (
    "import cProfile, sys; from snakemake.cli import main; profile = cProfile.Profile()\n"
    "try: profile.runcall(main, sys.argv[2:])\n"
    "except SystemExit: pass\n"
    "profile.dump_stats(sys.argv[1])"
)
HOW = """\
`make bench-planning` copies the workflow, has every shipped scenario compare every criterion at
{scopes} scopes, {budgets} budgets and {seeds} seeds: **{cells:,} cells, {jobs:,} jobs**,
{outputs:,} files. It times `snakemake -n` where nothing is made; then it gives Snakemake all files
(empty) and its records of them, as if every job had run, and times `snakemake -n` and
`snakemake --cores all`, which must say that there is nothing to be done, with all triggers on.
Medians of {repeats}; the hooks, which print the tables at the end, are left out.
"""


class Time(NamedTuple):
    """Seconds of one command: on the wall, and of the processor."""

    wall: float
    cpu: float


def make_project(folder: Path) -> Project:
    """Copy the workflow; every scenario compares all there is. No image is needed to plan."""
    project = copy_workflow(folder, "config", "resources/fashion-mnist-small")
    file = folder / "config/config.yaml"
    chosen = {
        "scenarios": sorted(path.stem for path in (folder / "config/scenarios").glob("*.yaml")),
        "methods": criterion_names(),
        "scopes": SCOPES,
        "budgets": BUDGETS,
        "seeds": SEEDS,
    }
    whole = yaml.safe_load(file.read_text(encoding="utf-8")) | chosen
    file.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    return project


def python(project: Project, *arguments: str) -> str:
    """Run Python in the project, on its own library; return what it printed."""
    paths = os.pathsep.join([str(project.folder / "scripts"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project.folder,
        env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout)
    return done.stdout


def timed(command: Callable[[], str], expected: str) -> Time:
    """Run ``command``, whose output must hold ``expected``."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    printed = command()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if expected not in printed:
        sys.exit(f"expected '{expected}' in:\n{printed[-3000:]}")
    used = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    return Time(wall, used)


def median(command: Callable[[], str], expected: str, repeats: int) -> Time:
    """Return the medians of several runs."""
    walls, cpus = zip(*(timed(command, expected) for _ in range(repeats)), strict=True)
    found = Time(statistics.median(walls), statistics.median(cpus))
    print(f"{found.wall:.1f} s, {found.cpu:.1f} s of the processor", flush=True)
    return found


def own_share(profile: Path, folder: Path) -> float:
    """Return the share of a profiled run that was spent in the project's own functions.

    What they call counts, too, and so does reading the configuration.
    """
    found: Any = pstats.Stats(str(profile))
    seconds = 0.0
    for (file, *_), (*_, callers) in found.stats.items():
        if file.startswith(str(folder)):
            outside = [times for (caller, *_), times in callers.items() if caller != file]
            if not any(caller.startswith(str(folder)) for caller, *_ in callers):
                seconds += sum(cumulative for *_, cumulative in outside)
    return seconds / float(found.total_tt)


def report(repeats: int) -> str:
    """Measure; return the section."""
    done = "Nothing to be done"
    with TemporaryDirectory() as temporary:
        project = make_project(Path(temporary).resolve() / "project")

        def snakemake(*arguments: str) -> Callable[[], str]:
            return lambda: python(project, "-m", "snakemake", *arguments)

        fresh = median(snakemake("-n", "--quiet", "rules"), "Job stats", repeats)
        profile = project.folder / "profile"
        python(project, "-c", PROFILED, str(profile), "-n", "--quiet")
        share = own_share(profile, project.folder)
        # a plan leaves a cache behind
        shutil.rmtree(project.folder / ".snakemake")
        forging = ("-m", "tools.benchmarks.forging", "--cores", "all", "--no-hooks")
        counts = json.loads(python(project, *forging, "--quiet", "all").splitlines()[-1])
        finished = median(snakemake("-n"), done, repeats)
        run = median(snakemake("--cores", "all", "--no-hooks"), done, repeats)
    numbers = {"scopes": len(SCOPES), "budgets": len(BUDGETS), "seeds": len(SEEDS)}
    lines = [
        HOW.format(repeats=repeats, **numbers, **counts),
        f"Measured on {os.cpu_count()} cores, Python {platform.python_version()}; the goal is "
        f"{GOAL_S} s.\n",
        "| | wall, s | processor, s |\n|---|---:|---:|",
        *(
            f"| {what} | {found.wall:.1f} | {found.cpu:.1f} |"
            for what, found in (
                ("`snakemake -n`, nothing made", fresh),
                ("`snakemake -n`, all made", finished),
                ("`snakemake --cores all`, all made", run),
            )
        ),
        f"\nThe jobs name {counts['inputs']:,} inputs; {counts['code']:,} of them are files of "
        f"code, {counts['code'] / counts['jobs']:.0f} for each job. The workflow's own functions "
        f"(configuration, targets, inputs and parameters of the rules) take {share:.0%} of a plan "
        "under Python's profiler; the rest is Snakemake, and grows with the number of inputs.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the section, and write it into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    section = report(arguments.repeats)
    print(f"\n{section}")
    if arguments.output:
        write_section(arguments.output, TITLE, section)


if __name__ == "__main__":
    main()
