"""What the sections of the page across scenarios are written from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from budama.analysis.tasks import TaskResults
from budama.report.facts import Facts


@dataclass(frozen=True)
class AcrossContext:
    """All that a section may ask for, read once for all languages.

    ``facts`` are what a scenario's report would be written from, for each of ``tasks``;
    ``settings`` is what ``rules/comparison.smk`` gives, ``pictures`` the folder beside the page in
    which its pictures were drawn.
    """

    tasks: list[TaskResults]
    facts: list[Facts]
    settings: dict[str, Any]
    pictures: Path
