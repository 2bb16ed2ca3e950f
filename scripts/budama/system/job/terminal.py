"""The terminal of a command whose answer is for a person, while its log takes all else."""

import os

from rich.console import Console

# opened as the module is imported: a stage then sends what libraries print to its log
console = Console(file=os.fdopen(os.dup(1), "w", encoding="utf-8"))
