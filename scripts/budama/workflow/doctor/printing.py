"""The doctor's report on the terminal, and its last word."""

from itertools import groupby

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from budama.system.errors import BudamaError
from budama.workflow.doctor.findings import Finding, Status, listed

_STYLES = {Status.FINE: "green", Status.NOTE: "yellow", Status.CANNOT: "bold red"}


def show(findings: list[Finding], console: Console) -> None:
    """Print one row per finding; an area is named once."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, min_width=len(Status.CANNOT))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for area, group in groupby(findings, lambda finding: finding.area):
        for place, finding in enumerate(group):
            lines = [Text(finding.seen)]
            if finding.advice:
                lines.append(Text(f"-> {finding.advice}", style="dim"))
            status = Text(finding.status, style=_STYLES[finding.status])
            table.add_row(status, "" if place else area, Group(*lines))
    console.print(table)


def conclude(findings: list[Finding], wanted: list[str], console: Console) -> None:
    """Say that the scenarios ``wanted`` can run; raises ``BudamaError`` that lists what cannot."""
    failures = [finding for finding in findings if finding.status == Status.CANNOT]
    if not failures:
        console.print(f"\nEverything that the config wants ({listed(wanted)}) can run here.")
        return
    lines = "".join(f"\n  - {finding.area}: {finding.seen}" for finding in failures)
    raise BudamaError(f"not everything that the config wants can run here:{lines}")
