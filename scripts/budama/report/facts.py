"""Everything that a report is written from, read once for all languages."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from budama.analysis.comparisons import Family, Group, families_of, groups_of
from budama.analysis.further import further_families
from budama.analysis.published import Published
from budama.analysis.results import Result, results_of, seeds_of
from budama.system.files.csv_file import read_csv


@dataclass(frozen=True)
class Facts:
    """The results of a scenario, the dense model first, and what follows from them.

    ``scenario`` is its name, ``models`` what it asks for, ``failed`` what of that is not there
    because a job failed; ``seeds`` holds a result for each row of the summary.
    """

    scenario: str
    results: list[Result]
    seeds: list[Result]
    models: list[dict[str, Any]]
    failed: list[dict[str, Any]]
    groups: list[Group]
    families: list[Family]
    published: Published
    provider: str

    @cached_property
    def further(self) -> list[Family]:
        """The comparisons beyond those of ``families``: see ``further_families``."""
        return further_families(self.results, self.published)

    @property
    def further_tested(self) -> list[Family]:
        """Those of ``further`` in which there is something to compare."""
        return [family for family in self.further if family.comparisons]

    @property
    def several_seeds(self) -> bool:
        """Whether any model was trained with more than one seed."""
        return len(self.seeds) > len(self.results)


def gather(summary: Path, settings: dict[str, Any], published: Path | None) -> Facts:
    """Read ``summary``, the predictions beside the models that ``settings`` name, ``published``.

    Raises ``BudamaError`` if the predictions are not of the same images.
    """
    table = read_csv(summary)
    first = table.iloc[0]
    results = results_of(table, settings["models"])
    groups = groups_of(results)
    shared = {name: str(first[name]) for name in ("scenario", "model", "dataset")}
    return Facts(
        scenario=shared["scenario"],
        results=results,
        seeds=seeds_of(table),
        models=settings["models"],
        failed=settings["failed"],
        groups=groups,
        families=families_of(results, groups),
        published=Published(
            published, shared, settings["recipes"], settings["task"]["calibration"]["batches"]
        ),
        provider=str(first["provider"]) if any(result.timed for result in results) else "–",
    )
