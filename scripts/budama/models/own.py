"""Networks of the user's own: ``file:PATH.py:NAME``, a function or class in a Python file.

It is called with the number of classes, and with the task's ``options`` as keywords. Imports no
torch before it builds: the workflow asks for the file while it plans.
"""

import ast
import hashlib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budama.config.network import OWN
from budama.system.errors import BudamaError, did_you_mean
from budama.system.files.python_file import beside, described, import_file
from budama.system.reruns.code import code_behind
from budama.system.reruns.fingerprint import fingerprint

if TYPE_CHECKING:
    from torch import nn


def is_own(model: str) -> bool:
    """Whether ``model`` names a network of the user's own."""
    return model.startswith(OWN)


def own_file(model: str) -> Path:
    """Return the file of ``file:PATH.py:NAME``; raises ``BudamaError`` if there is none."""
    path = Path(_parts(model)[0])
    if not path.is_file():
        raise BudamaError(
            f"network not found: {path} is not a file (a relative path starts where the workflow "
            "runs)"
        )
    return path


def check_own(model: str) -> None:
    """Raise ``BudamaError`` if the file of ``model`` is missing or defines no such name.

    The file is read, not run.
    """
    path, name = own_file(model), _parts(model)[1]
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise BudamaError(f"{path}: is not Python: {error}") from error
    names = set(_bound(tree))
    if name not in names and not names & {"*", "__getattr__"}:
        raise BudamaError(f"{path}: defines no '{name}': {_nearest(name, names)}")


def build_own(model: str, classes: int, options: Mapping[str, Any]) -> "nn.Module":
    """Return what the function or class that ``model`` names gives for so many classes.

    On the CPU, in single precision. Raises ``BudamaError`` if the file or the name is missing, if
    it raises, takes no such options, or returns anything but a network.
    """
    path, name = own_file(model), _parts(model)[1]
    module = import_file(path)
    make = getattr(module, name, None)
    if make is None:
        raise BudamaError(f"{path}: defines no '{name}': {_nearest(name, vars(module))}")
    if not callable(make):
        raise BudamaError(f"{path}: {name} is no function and no class, but {_a(make)}")
    given = [str(classes), *(f"{key}={value!r}" for key, value in options.items())]
    called = f"{path}: {name}({', '.join(given)})"
    _check_call(make, f"{path}: {name}", classes, options)
    try:
        with beside(path):
            network = make(classes, **options)
    except (Exception, SystemExit) as error:
        raise BudamaError(f"{called} raised {described(error, path.resolve().parent)}") from error
    return _checked(network, called)


def code_of(model: str) -> str:
    """Return what matters of the code behind ``model``, as a hash; of a library's there is none."""
    if not is_own(model):
        return ""
    parts = "".join(map(fingerprint, code_behind(own_file(model))))
    return hashlib.sha256(parts.encode()).hexdigest()


def _parts(model: str) -> tuple[str, str]:
    path, _, name = model.removeprefix(OWN).rpartition(":")
    return path, name


def _checked(network: Any, called: str) -> "nn.Module":
    from torch import nn
    from torch.nn.parameter import is_lazy

    if not isinstance(network, nn.Module):
        raise BudamaError(f"{called} returned {_a(network)}: it must return a torch.nn.Module")
    tensors = [*network.parameters(), *network.buffers()]
    if any(map(is_lazy, tensors)):
        raise BudamaError(
            f"{called} returned a network with lazy layers, whose sizes are not known: give them "
            "their sizes, or run it once on an image before it is returned"
        )
    if any(tensor.is_meta for tensor in tensors):
        raise BudamaError(f"{called} returned a network on the device 'meta', which has no values")
    if not list(network.parameters()):
        raise BudamaError(f"{called} returned a network without parameters")
    return network.cpu().float()


def _check_call(make: Any, called: str, classes: int, options: Mapping[str, Any]) -> None:
    """Raise ``BudamaError`` unless ``make`` takes the number of classes and these options."""
    try:
        signature = inspect.signature(make)
    except (TypeError, ValueError):  # of something compiled: the call will tell
        return
    taken = [p for p in signature.parameters.values() if p.kind != p.VAR_POSITIONAL]
    if not any(p.kind == p.VAR_KEYWORD for p in taken):
        names = [p.name for p in taken if p.kind != p.POSITIONAL_ONLY][1:]
        for option in options:
            if option not in names:
                known = did_you_mean(option, names) if names else "it takes none"
                raise BudamaError(f"{called} has no option '{option}': {known}")
    try:
        signature.bind(classes, **options)
    except TypeError as error:
        raise BudamaError(
            f"{called} cannot be called with the number of classes as its first argument and the "
            f"task's options as keywords: {error}"
        ) from error


def _bound(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module may bind: its own, and some that only its functions do."""
    for statement in tree.body:
        whole = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in [statement] if whole else ast.walk(statement):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    yield node.name
                case ast.alias():
                    yield node.asname or node.name.partition(".")[0]
                case ast.Name(ctx=ast.Store()):
                    yield node.id


def _nearest(name: str, names: Iterable[str]) -> str:
    return did_you_mean(name, [n for n in names if not n.startswith("_")])


def _a(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
