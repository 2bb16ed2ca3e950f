"""Python files of the user's own, imported by path, with what stands beside them.

A file gets a name of its own, and its folder is importable while it loads. Two files of the same
name, or two that import a ``blocks.py`` of their own folder, do not get in each other's way.
"""

import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from budama.system.errors import BudamaError

_BUDAMA = Path(__file__).resolve().parents[2]
# What each folder's files have imported from beside them, by the names of their modules
_BESIDE: dict[Path, dict[str, ModuleType]] = {}


def import_file(path: Path) -> ModuleType:
    """Return the module that the Python file ``path`` is; it runs once, unless it has changed.

    Raises ``BudamaError`` if it cannot be read or raises, with the line.
    """
    path = path.resolve()
    try:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise BudamaError(f"{path}: cannot be read: {error.strerror}") from error
    name = f"{_package(path.parent)}.{_identifier(path.stem)}"
    known = sys.modules.get(name)
    if known is not None and getattr(known, "_budama_content", "") == content:
        return known
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    vars(module)["_budama_content"] = content
    sys.modules[name] = module
    try:
        with beside(path):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise BudamaError(f"{path}: cannot be imported: {described(error, path.parent)}") from error
    return module


@contextmanager
def beside(path: Path) -> Iterator[None]:
    """Make what stands in the folder of ``path`` importable, as for a script that is run there."""
    folder = path.resolve().parent
    own = _BESIDE.setdefault(folder, {})
    for other, modules in _BESIDE.items():
        for name in modules if other != folder else ():
            if sys.modules.get(name) is modules[name]:
                del sys.modules[name]
    sys.modules.update(own)
    before = {name.partition(".")[0] for name in sys.modules} - {n.partition(".")[0] for n in own}
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        with suppress(ValueError):  # it may have changed the path itself
            sys.path.remove(str(folder))
        tops = {name.partition(".")[0] for name in sys.modules} - before
        found = {top for top in tops if _stands_in(sys.modules.get(top), folder)}
        own |= {
            name: module
            for name, module in list(sys.modules.items())
            if name.partition(".")[0] in found
        }


def described(error: BaseException, folder: Path) -> str:
    """Return an error in words, with the last line of a file in ``folder`` that it went through."""
    place = place_of(error, folder)
    where = f" ({place})" if place else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())}{where}"


def place_of(error: BaseException, folder: Path) -> str:
    """Return file and line in ``folder`` that an error, or what caused it, came from, if any."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_of(folder, Path(frame.filename))]
    if own:
        return f"{Path(own[-1].filename).name}, line {own[-1].lineno}"
    return place_of(error.__cause__, folder) if error.__cause__ else ""


def _is_of(folder: Path, file: Path) -> bool:
    """Whether ``file`` is the user's code in ``folder``, where libraries may be installed, too."""
    installed = {"site-packages", "dist-packages"} & set(file.parts) or file.is_relative_to(_BUDAMA)
    return file.is_relative_to(folder) and not installed


def _package(folder: Path) -> str:
    """Return the name of a package that ``folder`` is, so that imports relative to it work."""
    name = f"budama_beside_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return name


def _identifier(stem: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in stem)


def _stands_in(module: ModuleType | None, folder: Path) -> bool:
    """Whether a module is a file of ``folder``, or a package that is a folder in it."""
    places = list(getattr(module, "__path__", [])) or [getattr(module, "__file__", None)]
    return any(place and Path(place).resolve().parent == folder for place in places)
