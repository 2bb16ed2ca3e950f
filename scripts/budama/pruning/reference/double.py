"""Float64 throughout: what networks do in single precision would hide mistakes in its rounding."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from budama.models.figures import without_fused_encoders

_NARROW = (torch.float32, torch.float16, torch.bfloat16)
_CASTS = (torch.Tensor.float, torch.Tensor.half, torch.Tensor.bfloat16)


class _Wide(TorchFunctionMode):
    """Takes every request for fewer than 64 bits as one for 64, such as ``x.float()``."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func in _CASTS:
            func = torch.Tensor.double
        wide = {name: _wide(value) for name, value in (kwargs or {}).items()}
        return func(*map(_wide, args), **wide)


def _wide(value: Any) -> Any:
    return torch.float64 if isinstance(value, torch.dtype) and value in _NARROW else value


@contextmanager
def in_double() -> Iterator[None]:
    """Run what is inside in float64 on the CPU, without gradients, and leave no trace of it.

    Layers run their own code: PyTorch's fast path for encoders reads weights past their layers.
    """
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with (
            without_fused_encoders(),
            torch.inference_mode(False),
            torch.no_grad(),
            torch.random.fork_rng([]),
            _Wide(),
        ):
            torch.manual_seed(0)
            yield
    finally:
        torch.set_default_dtype(default)


def to_double(network: nn.Module) -> nn.Module:
    """Bring ``network`` to the CPU and to float64, in place, with tensors that are no buffers."""
    with torch.inference_mode(False):
        for layer in network.modules():
            for name, value in list(vars(layer).items()):
                if isinstance(value, torch.Tensor):
                    kind = torch.float64 if value.is_floating_point() else value.dtype
                    setattr(layer, name, value.detach().to("cpu", kind))
        return network.cpu().double().eval()
