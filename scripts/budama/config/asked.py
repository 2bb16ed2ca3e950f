"""What a command asks for, read from its targets: which scenarios' files it cannot do without."""

import os.path
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from budama.config.places import RESULTS

# What is added to a scenario's name for the target of its answer alone
ANSWER_TARGET = "/answer"
COMPARISON = "comparison"
# Targets that are about the scenarios of config.yaml or --config
_OF_WANTED = {"all", "doctor", "plan"}
# Where the things are defined that scenarios, tasks and the wildcards of jobs name
BLOCKS = {"task": "tasks", "dataset": "datasets", "recipe": "recipes", "method": "criteria"}
# What the folders of results are named after, and what else stands in paths below
_FOLDERS = {"tasks": ("tasks", ("criteria", "recipes")), "datasets": ("datasets", ())}


@dataclass(frozen=True)
class Asked:
    """The ``scenarios`` and the ``names`` of tasks, datasets, recipes and criteria asked for.

    ``wanted`` are those of config.yaml or --config, and ``every`` the comparison of all.
    """

    scenarios: frozenset[str] = frozenset()
    names: frozenset[tuple[str, str]] = frozenset()
    wanted: bool = False
    every: bool = False


WANTED = Asked(wanted=True)


def asked_by(targets: Collection[str]) -> Asked:
    """Return what ``targets`` on the command line ask for: scenarios' names, stages, files."""
    if not targets:
        return WANTED
    scenarios: set[str] = set()
    names: set[tuple[str, str]] = set()
    for target in targets:
        place = PurePosixPath(os.path.relpath(target)).parts
        match place:
            case (folder, "reports", scenario, *_) if folder == RESULTS:
                scenarios.add(scenario)
            case (folder, kind, name, *rest) if folder == RESULTS and kind in _FOLDERS:
                own, others = _FOLDERS[kind]
                names.add((own, name))
                # also without a suffix: scores/wanda.safetensors
                words = {word for part in rest for word in (part, part.partition(".")[0])}
                names |= {(other, word) for other in others for word in words}
            case _:
                scenarios.add(target.removesuffix(ANSWER_TARGET))
    return Asked(
        frozenset(scenarios - _OF_WANTED - {COMPARISON}),
        frozenset(names),
        wanted=bool(scenarios & _OF_WANTED),
        every=COMPARISON in scenarios,
    )


def asked_by_jobs(wildcards: Collection[Mapping[str, str]]) -> Asked:
    """Return what jobs ask for that a cluster runs, by their wildcards."""
    scenarios = {given["scenario"] for given in wildcards if "scenario" in given}
    names = {
        (BLOCKS[key], value) for given in wildcards for key, value in given.items() if key in BLOCKS
    }
    for given in wildcards:  # a folder of the task: dense, or cells/METHOD/...
        words = given.get("model", "").split("/")
        names |= {(kind, word) for kind in ("criteria", "recipes") for word in words}
    return Asked(frozenset(scenarios), frozenset(names))
