"""Libraries are loaded without PyTorch's compiler, which no job uses: two seconds of each start.

torchvision and timm load it as they are imported: to ask it later whether it supports a device, to
mark a function that it shall leave alone, to let an optimizer compile more variants.
"""

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

_COMPILER = ("torch._dynamo", "torch._dynamo.utils")
_WANT_IT = ("timm", "timm.optim", "torchvision")


def load_without_compiler() -> None:
    """From now on, timm and torchvision are imported as ``compiler_left_out`` describes."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


@contextmanager
def compiler_left_out() -> Iterator[None]:
    """Stand in for PyTorch's compiler, unless it is loaded already.

    What is imported from it meanwhile loads it when it is called; what is marked as not to be
    compiled stays unmarked.
    """
    import torch.compiler

    if _COMPILER[0] in sys.modules:
        yield
        return
    package, utils = map(ModuleType, _COMPILER)
    package.__dict__.update(utils=utils, __path__=[])
    utils.__dict__["__getattr__"] = _when_called
    sys.modules.update(zip(_COMPILER, (package, utils), strict=True))
    marked = torch.compiler.disable
    torch.compiler.disable = _unmarked  # type: ignore[assignment]
    try:
        yield
    finally:
        torch.compiler.disable = marked
        for name in _COMPILER:
            del sys.modules[name]


def _when_called(name: str) -> Callable[..., Any]:
    if name.startswith("__"):  # the import system asks whether it is a package
        raise AttributeError(name)

    def function(*arguments: Any, **options: Any) -> Any:
        return getattr(importlib.import_module(_COMPILER[1]), name)(*arguments, **options)

    return function


def _unmarked(function: Any = None, *_: Any, **__: Any) -> Any:
    return function or _unmarked


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        found = PathFinder.find_spec(name, path, target) if name in _WANT_IT else None
        if found and isinstance(found.loader, SourceFileLoader):
            found.loader = _Loader(found.loader.name, found.loader.path)
        return found


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        with compiler_left_out():
            super().exec_module(module)
