"""The jobs that Snakemake plans for targets, for those who ask about them and run none.

Stands beside the scripts because the library knows no Snakemake.
"""

import ast
import json
import logging
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.exceptions import MissingRuleException, WorkflowError
from snakemake.settings.enums import Quietness
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    ResourceSettings,
)

from budama.system.errors import BudamaError
from budama.workflow.jobs import PlannedJob
from budama.workflow.why.changes import changed_files, changed_inputs
from budama.workflow.why.differences import differences

SNAKEFILE = Path(__file__).resolve().parents[1] / "Snakefile"
# More than any job asks for but those that take a machine's cores, however many it has
_CORES = 10_000


def planned(targets: Collection[str], config: dict[str, Any]) -> list[PlannedJob]:
    """Return the jobs of ``targets`` as ``snakemake`` would plan them here, stage by stage.

    Those that would not run are among them. Raises ``BudamaError`` if there is no plan.
    """
    quiet = OutputSettings(
        dryrun=True,
        # all that is wanted is known once the jobs are counted
        quiet={Quietness.RULES, Quietness.PROGRESS},
        log_level_override=logging.ERROR,
        enable_file_logging=False,
    )
    try:
        with SnakemakeApi(quiet) as api:
            workflow = api.workflow(
                ResourceSettings(cores=_CORES), ConfigSettings(config=config), snakefile=SNAKEFILE
            )
            dag = workflow.dag(DAGSettings(targets=frozenset(targets), force_incomplete=True))
            dag.execute_workflow(executor="dryrun")
            return list(_jobs(workflow._workflow))
    except MissingRuleException as error:
        unknown = ", ".join(sorted(set(targets) & set(str(error).split())))
        raise BudamaError(
            f"no rule, scenario or file that the workflow makes: {unknown or error}"
        ) from error
    except (WorkflowError, ValueError) as error:
        raise BudamaError(_without_trace(str(error))) from error


def _without_trace(text: str) -> str:
    """Return what a look-up said, without the wildcards and the trace that Snakemake adds."""
    said = re.search(r"WorkflowError:\n *(.*?)\nWildcards:", text, re.DOTALL)
    return said[1] if said else text


def _jobs(workflow: Any) -> Iterator[PlannedJob]:
    """Yield the jobs in the order of the rules; the targets themselves are left out."""
    stages = {rule.name: number for number, rule in enumerate(workflow.rules)}
    dag = workflow.dag
    for job in sorted(dag.jobs, key=lambda job: (stages[job.rule.name], job.message or "")):
        if not job.is_norun:
            runs = dag.needrun(job)
            yield PlannedJob(
                rule=job.rule.name,
                message=job.message or str(job),
                wildcards=dict(job.wildcards.items()),
                outputs=tuple(map(str, job.output)),
                alone=job.threads == _CORES,
                runs=runs,
                causes=tuple(_causes(job, dag)) if runs else (),
            )


def _causes(job: Any, dag: Any) -> Iterator[str]:
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
    # without results, Snakemake compares inputs with what was made from these
    for file in [] if missing else sorted(map(str, reason.updated_input)):
        for changed in changed_files(file, job.output):
            yield f"{changed} has changed"
    if reason.params_changed:
        yield from _changed_settings(reason.params_changed)
    if reason.code_changed:
        yield "the rule's command has changed"
    if reason.input_changed and not reason.params_changed:
        before = {file for output in job.output for file in memory.input(output) or []}
        yield from changed_inputs(before, set(map(str, job.input)))


def _changed_settings(change: Any) -> Iterator[str]:
    """Yield the differences between the settings that a job ran with and those of now."""
    settings = [
        json.loads(ast.literal_eval(next(iter(side))))
        for side in (change.only_old, change.only_new)
    ]
    yield from differences(*settings)
