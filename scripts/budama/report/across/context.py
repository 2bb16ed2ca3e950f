"""What the sections of the page across scenarios are written from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from budama.report.across.tasks import Task


@dataclass(frozen=True)
class Context:
    """All that a section may ask for, read once for all languages.

    ``settings`` are what ``rules/comparison.smk`` gives, ``pictures`` the folder beside the page in
    which its pictures were drawn.
    """

    tasks: list[Task]
    settings: dict[str, Any]
    pictures: Path
