"""Everything that a report is written from, read once for all languages."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from budama.analysis.comparisons import FURTHER, Family, Group, from_the_best, groups_of
from budama.analysis.csv_tables import read_comparisons, read_results
from budama.analysis.published import Published
from budama.analysis.results import Result, seeds_of
from budama.system.files.csv_file import read_csv


@dataclass(frozen=True)
class Facts:
    """The results of a scenario, the dense model first, and all that was compared.

    ``scenario`` is its name, ``models`` what it asks for, ``failed`` what of that is not there
    because a job failed; ``seeds`` holds a result for each row of the summary, ``compared`` every
    family of comparisons.
    """

    scenario: str
    results: list[Result]
    seeds: list[Result]
    models: list[dict[str, Any]]
    failed: list[dict[str, Any]]
    compared: list[Family]
    published: Published
    provider: str

    @cached_property
    def groups(self) -> list[Group]:
        """The methods on equal terms, with their comparisons."""
        return groups_of(self.results, self.compared)

    @cached_property
    def families(self) -> list[Family]:
        """The comparisons that the tables rest on."""
        return [family for family in self.compared if family.kind not in FURTHER]

    @cached_property
    def further(self) -> list[Family]:
        """Those that observations rest on beside them; of all combinations, the best with each."""
        return [
            from_the_best(family) if family.kind == "combination" else family
            for family in self.compared
            if family.kind in FURTHER
        ]

    @property
    def several_seeds(self) -> bool:
        """Whether any model was trained with more than one seed."""
        return len(self.seeds) > len(self.results)


def gather(
    summary: Path,
    results: Path,
    comparisons: Path,
    settings: dict[str, Any],
    published: Path | None,
) -> Facts:
    """Read what the stages ``summarise`` and ``analyse`` left, and the table ``published``."""
    table = read_csv(summary)
    first = table.iloc[0]
    found = read_results(results)
    shared = {name: str(first[name]) for name in ("scenario", "model", "dataset")}
    return Facts(
        scenario=shared["scenario"],
        results=found,
        seeds=seeds_of(table),
        models=settings["models"],
        failed=settings["failed"],
        compared=read_comparisons(comparisons, found),
        published=Published(
            published, shared, settings["recipes"], settings["task"]["calibration"]["batches"]
        ),
        provider=str(first["provider"]) if any(result.timed for result in found) else "–",
    )
