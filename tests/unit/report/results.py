"""Facts of results made up figure by figure, for the tests of what is said about them."""

from typing import Any

from budama.analysis.families import families_of
from budama.analysis.published import Published
from budama.analysis.results import Result
from budama.report.facts import Facts
from tests.unit.analysis.results import made

SHARED = {"scenario": "s", "model": "m", "dataset": "d"}


def facts_of(
    *cells: Result, dense: float = 90.0, published: Published | None = None, **parts: Any
) -> Facts:
    results = [made("dense", dense, dense), *cells]
    published = published or Published(None, SHARED, {})
    known: dict[str, Any] = {
        "scenario": "s",
        "results": results,
        "seeds": results,
        "models": [],
        "failed": [],
        "compared": families_of(results, published),
        "published": published,
        "provider": "CPU",
    }
    return Facts(**known | parts)
