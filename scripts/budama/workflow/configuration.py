"""The configuration of a workflow, checked against all that the library has."""

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from budama.config.asked import WANTED, Asked, asked_by, asked_by_jobs
from budama.config.loading import read_config
from budama.config.schema import Config
from budama.config.vocabulary import Vocabulary
from budama.criteria.registry import criterion_names, load_criterion
from budama.models.names import check_model
from budama.models.weights import PACKAGES

# Tells the jobs that a cluster runs which targets the command has that they are of
ASKED_FOR = "BUDAMA_ASKED_FOR"


def load_config(
    root: Path,
    overrides: dict[str, Any] | None = None,
    asked: Asked = WANTED,
    reserved: Collection[str] = (),
) -> Config:
    """Read ``config/config.yaml`` and ``config/scenarios/*.yaml`` under ``root``.

    ``overrides`` are what ``--config`` and ``--configfile`` gave, ``asked`` is what the command
    needs, and ``reserved`` are names that no scenario may have. Raises ``BudamaError`` whose
    message lists every mistake of every file that is needed, each with the nearest valid choice.
    """
    vocabulary = Vocabulary(criterion_names(), PACKAGES, load_criterion, check_model)
    return read_config(root, overrides or {}, vocabulary, asked, frozenset(reserved))


def of_command(
    config: Config,
    root: Path,
    overrides: dict[str, Any],
    reserved: Collection[str],
    targets: Collection[str],
    jobs: Collection[Mapping[str, str]],
) -> Config:
    """Return the configuration of a command of Snakemake; raise as ``load_config`` does.

    That is ``config``, in which nothing was needed yet, if all files fit together. ``targets`` are
    those of the command; on a cluster, a job has its wildcards (``jobs``) instead.
    """
    if not config.left_out and set(reserved).isdisjoint(config.scenarios):
        return config
    if not jobs:
        asked = asked_by(targets)
        os.environ[ASKED_FOR] = json.dumps(sorted(targets))
    elif ASKED_FOR in os.environ:
        asked = asked_by(json.loads(os.environ[ASKED_FOR]))
    else:
        asked = asked_by_jobs(jobs)
    return load_config(root, overrides, asked, reserved)
