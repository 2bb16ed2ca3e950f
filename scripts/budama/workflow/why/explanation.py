"""The jobs of a plan, grouped by what makes them run."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from budama.workflow.jobs import PlannedJob

NOTHING = "nothing would run: everything is there and up to date"
_NAMED = 6  # jobs of a group


def explanation(jobs: Iterable[PlannedJob]) -> Iterator[str]:
    """Yield the lines that tell why ``jobs`` would run, root causes first."""
    jobs = list(jobs)
    if not jobs:
        yield NOTHING
        return
    yield f"{_jobs(len(jobs))} would run:"
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for job in jobs:
        groups[job.causes].append(job.message)
    following = groups.pop((), [])
    for causes, names in groups.items():
        yield f"- {_jobs(len(names))} because {'; and '.join(causes)}"
        yield from _named(names)
    if following:
        yield f"- {len(following)} more {'follows' if len(following) == 1 else 'follow'} from them"
        yield from _named(following)


def _named(names: list[str]) -> Iterator[str]:
    for name in names[:_NAMED]:
        yield f"    {name}"
    if len(names) > _NAMED:
        yield f"    … and {len(names) - _NAMED} like them"


def _jobs(number: int) -> str:
    return "1 job" if number == 1 else f"{number} jobs"
