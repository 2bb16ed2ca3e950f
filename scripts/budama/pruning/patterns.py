"""The task's ``ignore``: patterns of layers that stay whole, each of which must mean something."""

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from torch import nn

from budama.system.errors import BudamaError

_NEAREST = 3


def check_patterns(network: nn.Module, patterns: Iterable[str]) -> None:
    """Raise ``BudamaError`` with the nearest names for patterns that match nothing in ``network``.

    A pattern is written as in a shell (``*``, ``?``) and is matched with the names of modules, of
    parameters and of groups (``LAYER:heads``).
    """
    modules = [name for name, _ in network.named_modules() if name]
    names = dict.fromkeys([*modules, *(name for name, _ in network.named_parameters())])
    # what takes the place of PyTorch's attention has this layer
    attentions = [n for n, m in network.named_modules() if isinstance(m, nn.MultiheadAttention)]
    names |= dict.fromkeys(f"{name}.in_proj" for name in attentions)
    wrong = [p for p in patterns if not any(fnmatchcase(name, _layer(p)) for name in names)]
    if wrong:
        said = "; ".join(f"'{pattern}' ({_hint(pattern, list(names))})" for pattern in wrong)
        raise BudamaError(f"ignore: no layer of the network matches {said}")


def is_ignored(name: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern matches the layer or parameter ``name``, or a module that holds it."""
    parts = name.split(".")
    holders = [".".join(parts[: place + 1]) for place in range(len(parts))]
    return any(fnmatchcase(holder, _layer(p)) for holder in holders for p in patterns)


def _layer(pattern: str) -> str:
    return pattern.partition(":")[0]


def _hint(pattern: str, names: list[str]) -> str:
    """Return the names nearest to a pattern, of as many parts as it has where there are any."""
    plain = pattern.rstrip("*?.").replace("*", "").replace("?", "")
    depth = plain.count(".")
    alike = [name for name in names if name.count(".") == depth]
    near = get_close_matches(plain, alike, _NEAREST, 0.4) or get_close_matches(
        plain, names, _NEAREST, 0.4
    )
    shown = near or list(dict.fromkeys(name.partition(".")[0] for name in names))[:8]
    return f"{'nearest' if near else 'there are'}: {', '.join(shown)}"
