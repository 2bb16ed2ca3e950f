"""The jobs of a plan, stage by stage."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from budama.workflow.jobs import PlannedJob


@dataclass(frozen=True)
class StageJobs:
    """The jobs of one rule: the seconds of each, and of those that would run.

    ``alone`` says that they have the machine to themselves.
    """

    name: str
    jobs: tuple[float, ...]
    left: tuple[float, ...]
    alone: bool = False


def stages_of(
    jobs: Iterable[PlannedJob], seconds: Callable[[PlannedJob], float]
) -> list[StageJobs]:
    """Return the stages of ``jobs`` in the order in which they come there."""
    by_rule: dict[str, list[PlannedJob]] = {}
    for job in jobs:
        by_rule.setdefault(job.rule, []).append(job)
    return [_stage(rule, own, seconds) for rule, own in by_rule.items()]


def _stage(rule: str, jobs: list[PlannedJob], seconds: Callable[[PlannedJob], float]) -> StageJobs:
    taken = [(seconds(job), job.runs) for job in jobs]
    return StageJobs(
        name=rule,
        jobs=tuple(each for each, _ in taken),
        left=tuple(each for each, runs in taken if runs),
        alone=all(job.alone for job in jobs),
    )
