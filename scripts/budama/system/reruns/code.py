"""The code that a stage depends on, so that Snakemake can take it for an input.

Snakemake notices a change in a rule, but not in the modules that its script imports.
"""

from contextlib import suppress
from functools import cache
from modulefinder import Module, ModuleFinder
from pathlib import Path
from typing import Any

LIBRARY = Path(__file__).resolve().parents[2]
SCRIPTS = LIBRARY.parent
# What ``modulefinder`` calls a source file and a package
_SOURCE, _FOLDER = 1, 5


@cache
def code_behind(file: Path) -> tuple[Path, ...]:
    """Return ``file`` and every file of this library that it imports, directly or not, sorted.

    Of a user's own file, also what it imports from beside it. Imports inside functions and for type
    checking count; imports by a computed name do not.
    """
    file = file.resolve()
    own = not file.is_relative_to(SCRIPTS)
    finder = _Finder(path=[*([str(file.parent)] if own else []), str(SCRIPTS)])
    # A file that is not Python counts by itself, and the job that runs it says what is wrong.
    # Raised here, Snakemake would leave out the rule, and call what is there up to date.
    with suppress(SyntaxError, ValueError):
        finder.follow(file)
    files = (getattr(module, "__file__", None) for module in finder.modules.values())
    found = {Path(name).resolve() for name in files if name}
    return tuple(sorted(found | {file}))


class _Finder(ModuleFinder):
    """Follows imports as Python does, those relative to the file's folder and its folders, too."""

    # the types that are known of the standard library's module are not those that it takes
    add_module: Any
    load_module: Any

    def follow(self, file: Path) -> None:
        folder = self.add_module("_folder")
        folder.__path__ = [str(file.parent)]
        with file.open("rb") as source:
            self.load_module(f"_folder.{file.stem}", source, str(file), ("", "rb", _SOURCE))

    def find_module(self, name: str, path: Any, parent: Module | None = None) -> Any:
        try:
            return super().find_module(name, path, parent)
        except (AttributeError, TypeError):  # a folder without __init__.py
            for place in path or self.path:
                if Path(place, name).is_dir():
                    return None, str(Path(place, name)), ("", "", _FOLDER)
            raise ImportError(name) from None

    def load_package(self, fqname: str, pathname: str) -> Any:
        if Path(pathname, "__init__.py").is_file():
            return super().load_package(fqname, pathname)
        module = self.add_module(fqname)
        module.__path__ = [pathname]
        return module
