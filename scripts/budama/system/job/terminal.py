"""The terminal of a command whose answer is for a person, while its log takes all else."""

import os

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

# opened as the module is imported: a stage then sends what libraries print to its log
console = Console(file=os.fdopen(os.dup(1), "w", encoding="utf-8"))


def print_whole(table: Table, to: Console) -> None:
    """Print ``table``, wider than the terminal rather than cut short."""
    needed = Measurement.get(to, to.options.update(width=1000), table).maximum
    to.width = max(to.width, needed)
    to.print(table)
