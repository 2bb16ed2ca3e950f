"""torchvision without torch's compiler: a third of the time that a stage's imports take.

torchvision imports ``torch._dynamo`` for one question that it asks when it aligns regions, which
no stage does. Exporting and training load it when they need it.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo.utils"


class _Later(ModuleType):
    """Stands for the compiler's module while torchvision is imported."""

    @staticmethod
    def is_compile_supported(device: str) -> bool:
        """Ask the compiler, which is imported for it."""
        return bool(_compiler().is_compile_supported(device))

    def __getattr__(self, name: str) -> Any:
        """Give whatever else a newer torchvision may import."""
        return getattr(_compiler(), name)


def _compiler() -> ModuleType:
    if isinstance(sys.modules.get(COMPILER), _Later):
        del sys.modules[COMPILER]
    return importlib.import_module(COMPILER)


def import_torchvision() -> None:
    """Import torchvision, and with it torch: to be called before anything imports them."""
    if not {"torchvision", COMPILER} & sys.modules.keys():
        sys.modules[COMPILER] = _Later(COMPILER)
        try:
            import torchvision  # noqa: F401
        finally:
            if isinstance(sys.modules.get(COMPILER), _Later):
                del sys.modules[COMPILER]
