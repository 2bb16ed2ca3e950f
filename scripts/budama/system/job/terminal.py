"""The terminal of a job, whose log takes all else that it and its libraries print.

Opened as this module is imported, which the frame of every stage does before it opens the log.
"""

import logging
import os

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

log = logging.getLogger("budama")
# for a command whose answer is for a person
console = Console(file=os.fdopen(os.dup(1), "w", encoding="utf-8"))
# for the few messages and the progress bar of a job
messages = os.fdopen(os.dup(2), "w", encoding="utf-8")


def tell(what: str, text: str, *values: object) -> None:
    """Write a warning into the job's log and, after ``what`` it is about, onto the terminal."""
    log.warning(text, *values)
    print(f"{what}:", text % values, file=messages, flush=True)


def print_whole(table: Table, to: Console) -> None:
    """Print ``table``, wider than the terminal rather than cut short."""
    needed = Measurement.get(to, to.options.update(width=1000), table).maximum
    to.width = max(to.width, needed)
    to.print(table)
