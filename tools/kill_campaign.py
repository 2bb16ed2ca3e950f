"""Kill a workflow at random moments, run it again, and count what that cost.

    python -m tools.kill_campaign --output docs/kills.md [--moments 50] [--seed 0]

A round is one tiny scenario (see ``tests/workflow/project.py``), from nothing to its report, with
as many kills as come; its files are then compared with those of a run that nobody disturbed.
"""

import argparse
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from budama.config import places
from budama.system.files.atomic import write_text
from tests.workflow.project import Project, environment_of, make_project

# What holds measured times and dates; everything else must be the same to the last bit.
TIMED = {
    *(places.LATENCY, places.CARD, places.PROVENANCE),
    *(places.SUMMARY, places.TIMINGS, places.RESULTS_TABLE, places.PAGE),
    *map(places.markdown_page, places.LANGUAGES),
}
VICTIMS = ("Snakemake", "a job", "Snakemake and its jobs")
LONGEST_WAIT_S = 12
CHANCE = random.Random()
PAGE = """# Killed at any moment

Made by `make kill-campaign`. A tiny scenario ({files} files) runs from nothing, again and again; at
random moments (seed {seed}, 0 to {wait} s apart) `kill -9` hits Snakemake, one of its jobs, or it
and all its jobs. It is then started again with the same command, without waiting for the jobs
that a killed Snakemake leaves behind. Training saves its state after every step.

| | |
|---|---|
{rows}

Not compared are files that hold measured times or dates (latency, summary, cards, reports): they
must be there and readable.
"""


@dataclass
class Count:
    """What has happened so far."""

    killed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))
    runs: int = 0
    rounds: int = 0
    resumed: int = 0
    needed_a_hand: list[str] = field(default_factory=list)
    half_written: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    differing: set[str] = field(default_factory=set)
    left_over: set[str] = field(default_factory=set)
    orphans: int = 0

    @property
    def moments(self) -> int:
        """How often somebody was killed."""
        return sum(self.killed.values())

    def rows(self) -> dict[str, int]:
        """Return the lines of the page."""
        return {
            "moments": self.moments,
            **{f"… at which the victim was {name}": n for name, n in self.killed.items()},
            "runs of Snakemake": self.runs,
            "scenarios finished": self.rounds,
            "trainings that went on from their state": self.resumed,
            "**runs that needed a hand**": len(self.needed_a_hand),
            "**half-written files found under a final name**": len(self.half_written),
            "**files lost, or finished jobs run again**": len(self.lost),
            "**files that differ from the undisturbed run**": len(self.differing),
            "temporary files left in a finished scenario": len(self.left_over),
            "jobs still alive after a finished scenario": self.orphans,
        }


class Run:
    """One run of Snakemake."""

    def __init__(self, project: Project, *targets: str) -> None:
        self._output = project.folder / "output.txt"
        with self._output.open("w") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "snakemake", "--cores", "2", *targets],
                cwd=project.folder,
                env=environment_of(project.folder),
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self._process.poll() is not None

    @property
    def succeeded(self) -> bool:
        """Whether it ended well."""
        return self._process.wait() == 0

    @property
    def output(self) -> str:
        """What it has printed."""
        return self._output.read_text()

    def processes(self) -> list[psutil.Process]:
        """Return those of its jobs."""
        return psutil.Process(self._process.pid).children(recursive=True)

    def kill(self, victim: str, chance: random.Random = CHANCE) -> bool:
        """Kill ``victim``, unless there is none."""
        jobs = self.processes()
        if victim == VICTIMS[1]:
            jobs = [chance.choice(jobs)] if jobs else []
        if victim != VICTIMS[0] and not jobs:
            return False
        if victim != VICTIMS[1]:
            self._process.kill()
        if victim != VICTIMS[0]:
            for job in jobs:
                with suppress(psutil.NoSuchProcess):
                    job.kill()
        return True

    def jobs(self) -> tuple[set[str], set[str]]:
        """Return the jobs that it has started and those of them that it has seen finish."""
        names: dict[str, str] = dict(re.findall(r"^Job (\d+): (.*)$", self.output, re.MULTILINE))
        finished = re.findall(r"^Finished jobid: (\d+)", self.output, re.MULTILINE)
        return set(names.values()), {names[number] for number in finished if number in names}


def files_of(project: Project) -> dict[str, bytes]:
    """Return the results under their final names, without logs."""
    found = {}
    for path in (project.folder / places.RESULTS).rglob("[!.]*"):
        name = str(path.relative_to(project.folder))
        if path.is_file() and not name.startswith(places.LOGS) and "training-state" not in name:
            with suppress(FileNotFoundError):  # an orphan renames
                found[name] = path.read_bytes()
    return found


def is_timed(name: str) -> bool:
    """Return whether a file, named by its path, may differ from run to run."""
    path = Path(name)
    return path.name in TIMED or path.parent.name == places.PICTURES


def is_whole(name: str, content: bytes, undisturbed: dict[str, bytes]) -> bool:
    """Return whether a file is one that the undisturbed run could have shown."""
    if is_timed(name):
        return bool(content) and (not name.endswith(".json") or is_json(content))
    if name.endswith(places.CURVE):  # grows by whole epochs
        return undisturbed[name].startswith(content) and content.endswith(b"\n")
    return content == undisturbed[name]


def is_json(content: bytes) -> bool:
    """Return whether ``content`` can be read as JSON."""
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


class Campaign:
    """Rounds of one project until there were enough moments."""

    def __init__(self, project: Project, moments: int, seed: int) -> None:
        self.count = Count()
        self._project = project
        self._moments = moments
        self._chance = random.Random(seed)
        run = Run(project)
        if not run.succeeded:
            sys.exit(f"the undisturbed run failed:\n{run.output}")
        self.undisturbed = files_of(project)

    def round(self) -> None:
        """Bring the scenario from nothing to its end, killing on the way."""
        for folder in (places.RESULTS, ".snakemake"):
            shutil.rmtree(self._project.folder / folder)
        finished: set[str] = set()
        hurt = True
        while hurt:
            start = time.time()
            run = Run(self._project)
            self.count.runs += 1
            hurt = self._disturb(run)
            started, done = run.jobs()
            self.count.lost |= started & finished
            finished |= done
            self.count.resumed += self._resumed_since(start)
            if not hurt and not run.succeeded:
                self.count.needed_a_hand.append(run.output)
                return
        self._compare()
        self.count.rounds += 1

    def _disturb(self, run: Run) -> bool:
        """Kill at random moments until the run ends; return whether anything was killed."""
        hurt = False
        while not run.ended:
            until = time.monotonic() + self._chance.uniform(0, LONGEST_WAIT_S)
            while time.monotonic() < until and not run.ended:
                time.sleep(0.02)
            victim = self._chance.choice(VICTIMS)
            enough = self.count.moments >= self._moments
            if not run.ended and not enough and run.kill(victim, self._chance):
                hurt = True
                self.count.killed[victim] += 1
                self._look()
                print(f"{self.count.moments}: {victim}", flush=True)
        return hurt

    def _look(self) -> None:
        for name, content in files_of(self._project).items():
            if not is_whole(name, content, self.undisturbed):
                self.count.half_written.add(name)

    def _resumed_since(self, start: float) -> int:
        logs = (self._project.folder / places.LOGS).rglob("*.log")
        new = [log.read_text() for log in logs if log.stat().st_mtime >= start]
        return sum("goes on after step" in text for text in new)

    def _compare(self) -> None:
        found = files_of(self._project)
        self.count.lost |= self.undisturbed.keys() - found.keys()
        self.count.differing |= found.keys() - self.undisturbed.keys()
        self.count.differing |= {
            name
            for name in found.keys() & self.undisturbed.keys()
            if not is_timed(name) and found[name] != self.undisturbed[name]
        }
        results = self._project.folder / places.RESULTS
        self.count.left_over |= {str(path) for path in results.rglob("*.part")}
        self.count.left_over |= {str(path) for path in results.rglob("training-state*")}
        self.count.orphans += sum(self._is_ours(process) for process in psutil.process_iter())

    def _is_ours(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            return process.cwd() == str(self._project.folder)
        return False


def main() -> None:
    """Run the campaign, print what it found and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "project")
        project.edit("config/config.yaml", "compute: {", "compute: {save_every: 0, ")
        project.edit("config/config.yaml", "epochs: 1, batch_size", "epochs: 6, batch_size")
        project.edit("config/config.yaml", "[coverage, magnitude]", "[magnitude]")
        campaign = Campaign(project, arguments.moments, arguments.seed)
        while campaign.count.moments < arguments.moments:
            campaign.round()
    count = campaign.count
    rows = "\n".join(f"| {what} | {number} |" for what, number in count.rows().items())
    page = PAGE.format(
        rows=rows, files=len(campaign.undisturbed), seed=arguments.seed, wait=LONGEST_WAIT_S
    )
    print(page)
    for kind in ("needed_a_hand", "half_written", "lost", "differing", "left_over"):
        for what in getattr(count, kind):
            print(f"{kind}: {what}")
    if arguments.output:
        write_text(arguments.output, page)


if __name__ == "__main__":
    main()
