"""Tell in plain words why jobs would run: ``why.py TARGET... [--config KEY=VALUE...]``.

Takes what ``snakemake -n`` takes for targets and ``--config``, plans the same and runs nothing.
"""

import argparse
import ast
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.cli import parse_config
from snakemake.exceptions import MissingRuleException, WorkflowError
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    ResourceSettings,
)

from budama.system.reruns.watched import LIST
from budama.workflow.why.differences import differences
from budama.workflow.why.explanation import Planned, explanation

WATCHED = "results/fingerprints/"


def main() -> int:
    """Print the explanation; return 1 after one message if there is no plan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="as for snakemake")
    parser.add_argument("--config", nargs="*", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    try:
        jobs = plan(arguments.targets, parse_config(arguments.config))
    except MissingRuleException as error:
        targets = ", ".join(sorted(set(arguments.targets) & set(str(error).split())))
        return fail(f"no rule, scenario or file that the workflow makes: {targets or error}")
    except (
        WorkflowError,
        ValueError,
    ) as error:  # the configuration's mistakes, too
        return fail(str(error))
    print("\n".join(explanation(jobs)))
    return 0


def plan(targets: list[str], config: dict[str, Any]) -> list[Planned]:
    """Return the jobs that ``snakemake TARGETS`` would run, in the order of the stages."""
    quiet = OutputSettings(dryrun=True, log_level_override=logging.ERROR, enable_file_logging=False)
    with SnakemakeApi(quiet) as api:
        workflow = api.workflow(ResourceSettings(cores=1), ConfigSettings(config=config))
        dag_api = workflow.dag(DAGSettings(targets=frozenset(targets), force_incomplete=True))
        dag_api.execute_workflow(executor="dryrun")
        dag = workflow._workflow.dag
        return [
            Planned(job.message or str(job), tuple(causes(job, dag)))
            for level in dag.toposorted()
            for job in sorted(level, key=lambda job: job.message or "")
            if dag.needrun(job) and not job.is_norun
        ]


def causes(job: Any, dag: Any) -> Iterator[str]:
    """Yield the causes of a job of its own, not those of the jobs before it."""
    reason, memory = dag.reason(job), dag.workflow.persistence
    if reason.nooutput or reason.noio:
        yield "a stage without results runs whenever it is asked for"
    missing = [file for file in job.output if not Path(file).exists()]
    if missing and any(memory.metadata(file) for file in missing):
        yield f"{missing[0]} was made and then deleted"
    elif missing:
        yield "there is no result yet"
    if reason.incomplete_output:
        yield "an earlier run was interrupted"
    for file in sorted(map(str, reason.updated_input)):
        for changed in files_changed(file, job):
            yield f"{changed} has changed"
    if reason.params_changed:
        yield from changed_settings(reason.params_changed)
    if reason.code_changed:
        yield "the rule's command has changed"
    if reason.input_changed and not reason.params_changed:
        yield from changed_inputs(job, memory)


def files_changed(file: str, job: Any) -> list[str]:
    """Return what has changed of an input: of a list of code, what is newer than the job."""
    if not file.endswith(LIST):
        return [named(file)]
    made = min(Path(output).stat().st_mtime for output in job.output)
    names = [line.split("  ", 1)[1] for line in Path(file).read_text(encoding="utf-8").splitlines()]
    kept = {name: Path(WATCHED) / f"{name}.sha256" for name in names}
    newer = [named(str(path)) for path in kept.values() if path.stat().st_mtime > made]
    return newer or ["what the stage's code imports"]


def named(file: str) -> str:
    """Return the file whose fingerprint a file is, or itself."""
    if file == f"{WATCHED}packages.txt":
        return "the list of packages, pinned or installed,"
    name = file.removeprefix(WATCHED).removesuffix(".sha256") if file.startswith(WATCHED) else file
    elsewhere = name.removeprefix("elsewhere/")
    return name if elsewhere == name else f"/{elsewhere}"


def changed_settings(change: Any) -> Iterator[str]:
    """Yield the differences between the settings that a job ran with and those of now."""
    settings = [
        json.loads(ast.literal_eval(next(iter(side))))
        for side in (change.only_old, change.only_new)
    ]
    yield from differences(*settings)


def changed_inputs(job: Any, memory: Any) -> Iterator[str]:
    """Yield which input files have come and which have gone."""
    before = {file for output in job.output for file in memory.input(output) or []}
    now = set(map(str, job.input))
    for files, what in ((now - before, "is needed now"), (before - now, "is not needed any more")):
        for file in sorted(files):
            yield f"{named(file)} {what}"


def fail(message: str) -> int:
    """Print a message to standard error and return the exit code of a failure."""
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
