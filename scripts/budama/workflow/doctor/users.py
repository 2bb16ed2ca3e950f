"""Which scenarios want a thing: it matters most for those that ``snakemake`` makes by default."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from budama.config.schema import Config, Scenario
from budama.workflow.doctor.findings import Finding, Status, listed

Users = dict[str, list[str]]


def users_of(config: Config, what: Callable[[Scenario], Iterable[str]]) -> Users:
    """Return the scenarios that want each thing, by its name; the config's wanted ones first."""
    found: Users = defaultdict(list)
    order = sorted(config.scenarios, key=lambda name: (name not in config.wanted, name))
    for name in order:
        for thing in dict.fromkeys(what(config.scenarios[name])):
            found[thing].append(name)
    return dict(found)


def told_to(config: Config, scenarios: list[str], findings: Iterable[Finding]) -> list[Finding]:
    """Return ``findings`` with the names of who wants what they are about.

    If those are not asked for, nothing is wrong yet: what is wrong becomes a note, without advice,
    and what is fine is left out.
    """
    wanted = [name for name in scenarios if name in config.wanted]
    if wanted:
        return [replace(one, seen=f"{listed(wanted)}: {one.seen}") for one in findings]
    who = f"{listed(scenarios)} (not wanted now)"
    return [
        replace(one, status=Status.NOTE, seen=f"{who}: {one.seen}", advice="")
        for one in findings
        if one.status != Status.FINE
    ]
