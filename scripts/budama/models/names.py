"""Model names of timm and torchvision, read from their sources: importing them takes seconds."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from budama.config.network import HUB, MODEL_FORMS
from budama.models.own import check_own, is_own
from budama.system.errors import BudamaError, did_you_mean

# @register_model, its arguments and further decorators, then the function that is the model
_REGISTERED = re.compile(
    r"^@register_model\b[^\n]*\n(?:(?!def )[^\n]*\n)*?def (\w+)\(", re.MULTILINE
)
# a key of a table of pretrained weights
_TAGGED = re.compile(r"""^\s*["'](\w+)\.(\w+)["']\s*:""", re.MULTILINE)
LIBRARIES = ("timm", "torchvision")


def check_model(model: str) -> None:
    """Raise ``BudamaError`` with the nearest names unless ``LIBRARY/NAME`` is a model there.

    A name of timm may go on with ``.TAG``, which says whose weights are meant. Of ``file:`` models
    the file is looked at; what is on the hub nobody knows without the internet.
    """
    if is_own(model):
        check_own(model)
        return
    if is_hub(model):
        return
    library, _, whole = model.partition("/")
    name, dot, tag = whole.partition(".") if library == "timm" else (whole, "", "")
    names = model_names(library) if library in LIBRARIES else frozenset()
    if name not in names:
        hint = f"write it as {MODEL_FORMS}"
        if names:
            hint = did_you_mean(name, get_close_matches(name, sorted(names), 5, 0.3))
        raise BudamaError(f"unknown model '{model}': {hint}")
    tags = pretrained_tags().get(name) if dot else None
    if tags and tag not in tags:
        raise BudamaError(f"{library}/{name} has no weights '{tag}': {did_you_mean(tag, tags)}")


def is_hub(model: str) -> bool:
    """Whether ``model`` is one of Hugging Face's hub."""
    return model.startswith(HUB)


@cache
def model_names(library: str) -> frozenset[str]:
    """Return the names of the models of ``timm`` or ``torchvision``."""
    return frozenset(name for source in _sources(library) for name in _REGISTERED.findall(source))


@cache
def pretrained_tags() -> dict[str, set[str]]:
    """Return the tags of timm's pretrained weights by model, as far as its sources spell them."""
    found: dict[str, set[str]] = {}
    for source in _sources("timm"):
        for name, tag in _TAGGED.findall(source):
            found.setdefault(name, set()).add(tag)
    return found


def _sources(library: str) -> Iterator[str]:
    spec = find_spec(library)
    if spec is not None and spec.origin is not None:
        for file in sorted((Path(spec.origin).parent / "models").glob("*.py")):
            yield file.read_text(encoding="utf-8")
