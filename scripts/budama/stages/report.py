"""The report of one scenario."""

from pathlib import Path
from typing import Any

from budama.report.render import render


def report(
    *,
    scenario: dict[str, Any],
    summary: Path,
    results: Path,
    comparisons: Path,
    manifest: Path,
    latency: Path,
    published: Path,
    pictures: Path,
    html: Path,
) -> None:
    """Write the report of one scenario: Markdown in each language, and one page with both.

    ``scenario`` are its settings, as the rule gives them. ``render`` says what each file is.
    """
    render(
        summary,
        results,
        comparisons,
        manifest,
        scenario,
        html,
        published,
        pictures,
        latency,
    )
