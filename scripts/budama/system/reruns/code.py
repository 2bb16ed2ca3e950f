"""The code that a stage depends on, so that Snakemake can take it for an input.

Snakemake notices a change in a rule, but not in the modules that its script imports.
"""

from contextlib import suppress
from functools import cache
from modulefinder import ModuleFinder
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2]
SCRIPTS = LIBRARY.parent


@cache
def code_behind(file: Path) -> tuple[Path, ...]:
    """Return ``file`` and every file of this library that it imports, directly or not, sorted.

    Imports inside functions and for type checking count; imports by a computed name do not.
    """
    finder = ModuleFinder(path=[str(SCRIPTS)])
    # A file that is not Python counts by itself, and the job that runs it says what is wrong.
    # Raised here, Snakemake would leave out the rule, and call what is there up to date.
    with suppress(SyntaxError):
        finder.run_script(str(file))
    files = (getattr(module, "__file__", None) for module in finder.modules.values())
    found = {Path(name).resolve() for name in files if name}
    return tuple(sorted(found | {file.resolve()}))
