"""Model names of timm and torchvision, read from their sources: importing them takes seconds."""

import re
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from budama.errors import BudamaError, did_you_mean

# @register_model, its arguments and further decorators, then the function that is the model
_REGISTERED = re.compile(
    r"^@register_model\b[^\n]*\n(?:(?!def )[^\n]*\n)*?def (\w+)\(", re.MULTILINE
)
LIBRARIES = ("timm", "torchvision")


def check_model(model: str) -> None:
    """Raise ``BudamaError`` with the nearest names unless ``LIBRARY/NAME`` is a model there."""
    library, _, name = model.partition("/")
    names = model_names(library) if library in LIBRARIES else frozenset()
    if name not in names:
        hint = "write it as timm/NAME or torchvision/NAME"
        if names:
            hint = did_you_mean(name, get_close_matches(name, sorted(names), 5, 0.3))
        raise BudamaError(f"unknown model '{model}': {hint}")


@cache
def model_names(library: str) -> frozenset[str]:
    """Return the names of the models of ``timm`` or ``torchvision``."""
    spec = find_spec(library)
    if spec is None or spec.origin is None:
        return frozenset()
    files = sorted((Path(spec.origin).parent / "models").glob("*.py"))
    return frozenset(
        name for file in files for name in _REGISTERED.findall(file.read_text(encoding="utf-8"))
    )
