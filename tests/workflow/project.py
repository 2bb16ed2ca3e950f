"""A copy of the workflow with a tiny task, and Snakemake run in it as a user runs it."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.inputs import write_fashion_mnist

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "rules", "scripts", "envs", "profiles", "resources/published")

QUICK_LATENCY = "{providers: [CPU], batch_sizes: [1], processes: 1, warmup: 1, runs: 1, seconds: 0}"
CONFIG = """
scenarios: [tiny]
compute: {device: cpu, threads: {dense: 1, cell: 1}}
latency: {providers: [CPU], batch_sizes: [1], processes: 1, warmup: 1, runs: 1, seconds: 0}
defaults:
  methods: [coverage, magnitude]
  scopes: [layer]
  budgets: [{channels: 0.25}]
  recipe: recover
datasets:
  bars: {format: fashion-mnist, root: images}
recipes:
  start: {epochs: 2, batch_size: 16, learning_rate: 0.01}
  recover: {epochs: 1, batch_size: 16, learning_rate: 0.005}
tasks:
  small:
    model: timm/test_efficientnet
    weights: random
    dataset: bars
    image_size: 32
    validation: 0.2
    calibration: {batches: 2, batch_size: 16}
    recipe: start
"""
SCENARIO = "title: Tiny\ntask: small\n"


@dataclass
class Project:
    """A folder with the whole workflow in it."""

    folder: Path

    def snakemake(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run Snakemake here; its output ends in the result's ``stdout``."""
        return subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
            cwd=self.folder,
            env=environment_of(self.folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def planned(self, *arguments: str) -> set[str]:
        """Return the messages of the jobs that a run would start."""
        return set(self.plan(*arguments))

    def plan(self, *arguments: str) -> list[str]:
        """Return the message of every job that a run would start."""
        return re.findall(r"^Job \d+: (.*)$", self.quick("-n", *arguments), re.MULTILINE)

    def quick(self, *arguments: str) -> str:
        """Return what Snakemake prints, for calls that run no job; it must succeed."""
        output = self.folder / ".output.txt"
        call = {"folder": str(self.folder), "arguments": ["--cores", "2", *arguments]}
        planner = _planner()
        assert planner.stdin is not None and planner.stdout is not None
        planner.stdin.write(json.dumps(call | {"output": str(output)}) + "\n")
        planner.stdin.flush()
        code = planner.stdout.readline().strip()
        assert code == "0", output.read_text()
        return output.read_text()

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace ``old``, which must be there, in a file."""
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


def environment_of(folder: Path) -> dict[str, str]:
    """Return an environment in which the copy's library counts, not the installed one."""
    return os.environ | {"PYTHONPATH": str(folder / "scripts")}


@cache
def _planner() -> "subprocess.Popen[str]":
    """Start the process that plans; it ends when its standard input does."""
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("planner.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def copy_workflow(folder: Path, *more: str) -> Project:
    """Copy the workflow, without a configuration unless ``more`` names it."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in (*PARTS, *more):
        source = ROOT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, folder / part, ignore=ignored)
        else:
            shutil.copy(source, folder / part)
    return Project(folder)


def make_project(folder: Path) -> Project:
    project = copy_workflow(folder)
    (folder / "config/scenarios").mkdir(parents=True)
    (folder / "config/config.yaml").write_text(CONFIG)
    (folder / "config/scenarios/tiny.yaml").write_text(SCENARIO)
    write_fashion_mnist(folder / "images")
    return project
