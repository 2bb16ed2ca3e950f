"""What the sections of a scenario's report are written from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from budama.analysis.explained import Explained
from budama.report.facts import Facts
from budama.report.origin import Origin


@dataclass(frozen=True)
class Context:
    """All that a section may ask for, read once for all languages.

    ``settings`` are the scenario's, as ``rules/report.smk`` gives them; ``manifest`` is that of the
    task's prepared data, ``audit`` what the audit of its dataset found, ``answer`` what the stage
    of that name did, ``None`` if it did not run, ``origin`` what the models' folders tell,
    ``explained`` what their cuts left to each layer. ``folder`` is that of the report, ``pictures``
    the one beside it in which its pictures were drawn, ``None`` if they were not. ``timings`` is
    the table of every measurement of latency, a row for each model, precision and batch size, as
    the stage ``summarise`` writes it; ``None`` if the report shall not show it.
    """

    facts: Facts
    settings: dict[str, Any]
    manifest: dict[str, Any]
    audit: dict[str, Any]
    answer: dict[str, Any] | None
    origin: Origin
    explained: list[Explained]
    folder: Path
    pictures: Path | None
    timings: Path | None
