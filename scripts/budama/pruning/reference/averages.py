"""Does a layer's code take averages over its channels? Then it is the same for twice as many.

A mean over the kept channels alone is what a cut is meant to leave of a norm; a scale that comes
from the number of channels (``sum * width ** -0.5``) is a mistake. They differ when each channel is
there twice: the norm gives each of its results twice, the scale others.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

Run = Callable[[torch.Tensor], torch.Tensor]
_KNOWN = ("torch.", "torchvision.", "timm.layers.")  # norms and standardised filters, no scales
_SAME = 1e-9  # of the largest value, in float64
_VARIANCES = {
    *(torch.var, torch.std, torch.var_mean, torch.std_mean),
    *(torch.Tensor.var, torch.Tensor.std),
}


def known(layer: nn.Module) -> bool:
    """Whether the code of ``layer`` is that of a library whose layers take averages."""
    return str(type(layer).forward.__module__).startswith(_KNOWN)


def averages(once: Callable[[], torch.Tensor], twice: Callable[[], torch.Tensor]) -> bool:
    """Whether ``twice``, a layer on each channel twice, gives what it gives ``once``, repeated."""
    with _Biased():
        return _alike(once, twice)


def same_sums(once: Run, other: Run, hidden: torch.Tensor, times: int = 1) -> bool:
    """Whether filters with more channels give ``times`` the sums over their inputs.

    What is added to the sums, such as a bias, is to stay as it is.
    """
    nothing = torch.zeros_like(hidden)
    with _Biased():
        return _alike(lambda: once(nothing), lambda: other(nothing)) and _alike(
            lambda: (once(hidden) - once(nothing)) * times, lambda: other(hidden) - other(nothing)
        )


def _alike(one: Callable[[], torch.Tensor], other: Callable[[], torch.Tensor]) -> bool:
    try:
        expected, found = one(), other()
    except Exception:  # a layer's own code may insist on its number of channels
        return False
    if found.shape != expected.shape:
        return False
    return float((found - expected).abs().max()) <= _SAME * float(expected.abs().max())


class _Biased(TorchFunctionMode):
    """Divides variances by the number of values, not by one less: copies of values change none."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        if func in _VARIANCES:
            flags = [place for place, value in enumerate(args) if isinstance(value, bool)]
            if flags:
                args = (*args[: flags[0]], False, *args[flags[0] + 1 :])
            elif "unbiased" in named:
                named["unbiased"] = False
            else:
                named["correction"] = 0
        return func(*args, **named)
