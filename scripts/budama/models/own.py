"""Networks of the user's own: ``file:PATH.py:NAME``, a function or class in a Python file.

It is called with the number of classes, by name where it has a parameter of a usual one
(``num_classes``) and else first, and with the task's ``options`` as keywords. Imports no torch
before it builds: the workflow asks for the file while it plans.
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

# What networks call their number of classes
_CLASSES = ("num_classes", "n_classes", "n_class", "classes")
_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_Numbers = tuple[list[int], dict[str, int]]


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
    if _is_network(make):
        raise BudamaError(
            f"{path}: {name} is a network already, and must be a function or class that makes one "
            "for a given number of classes"
        )
    if not callable(make):
        raise BudamaError(f"{path}: {name} is no function and no class, but {_a(make)}")
    first, named = _arguments(make, f"{path}: {name}", classes, options)
    given = [*map(str, first), *(f"{k}={v!r}" for k, v in (named | dict(options)).items())]
    called = f"{path}: {name}({', '.join(given)})"
    try:
        with beside(path):
            network = make(*first, **named, **options)
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

    from budama.models.eager import eager

    if not isinstance(network, nn.Module):
        raise BudamaError(f"{called} returned {_a(network)}: it must return a torch.nn.Module")
    try:
        found = eager(network)
    except BudamaError as error:
        raise BudamaError(f"{called} returned what cannot be taken: {error}") from error
    tensors = [*found.parameters(), *found.buffers()]
    if any(map(is_lazy, tensors)):
        raise BudamaError(
            f"{called} returned a network with lazy layers, whose sizes are not known: give them "
            "their sizes, or run it once on an image before it is returned"
        )
    if any(tensor.is_meta for tensor in tensors):
        raise BudamaError(f"{called} returned a network on the device 'meta', which has no values")
    if not list(found.parameters()):
        raise BudamaError(f"{called} returned a network without parameters")
    return found.cpu().float()


def _arguments(make: Any, called: str, classes: int, options: Mapping[str, Any]) -> _Numbers:
    """Return how ``make`` takes the number of classes: first, or by the name of its parameter.

    Raises ``BudamaError`` unless it takes that and these ``options``.
    """
    try:
        signature = inspect.signature(make)
    except (TypeError, ValueError):  # of something compiled: the call will tell
        return [classes], {}
    single = [p for p in signature.parameters.values() if p.kind not in _MANY]
    taker = next((p for p in single if p.name in _CLASSES), single[0] if single else None)
    _check_options(signature, taker, called, options)
    if taker is not None and taker.name not in _CLASSES and _is_no_number(taker.default):
        raise BudamaError(
            f"{called} would get the number of classes as its first parameter '{taker.name}', "
            f"whose default is {taker.default!r}: call the one that it is meant for 'num_classes'"
        )
    by_name = taker is not None and (taker is not single[0] or taker.kind == taker.KEYWORD_ONLY)
    found: _Numbers = ([], {taker.name: classes}) if taker and by_name else ([classes], {})
    try:
        signature.bind(*found[0], **found[1], **options)
    except TypeError as error:
        raise BudamaError(
            f"{called} cannot be called with the number of classes ({_how(found)}) and the task's "
            f"options as keywords: {error}"
        ) from error
    return found


def _check_options(
    signature: inspect.Signature,
    taker: inspect.Parameter | None,
    called: str,
    options: Mapping[str, Any],
) -> None:
    """Raise ``BudamaError`` for an option that is not known, or not the user's to give."""
    every = signature.parameters.values()
    names = [p.name for p in every if p.kind not in (*_MANY, p.POSITIONAL_ONLY) and p is not taker]
    anything = any(p.kind == p.VAR_KEYWORD for p in every)
    for option in options:
        if option in _CLASSES or (taker is not None and option == taker.name):
            raise BudamaError(
                f"{called}: the option '{option}' is given by budama, from the data: take it out "
                "of the task's options"
            )
        if option not in names and not anything:
            known = did_you_mean(option, names) if names else "it takes none"
            raise BudamaError(f"{called} has no option '{option}': {known}")


def _is_no_number(default: Any) -> bool:
    """Whether a parameter with this default is none that a number of classes goes to."""
    return default not in (inspect.Parameter.empty, None) and type(default) is not int


def _how(numbers: _Numbers) -> str:
    named = ", ".join(numbers[1])
    return f"by the name '{named}'" if named else "as its first argument"


def _is_network(made: Any) -> bool:
    from torch import nn

    return isinstance(made, nn.Module)


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
