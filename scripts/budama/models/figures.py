"""The cost of a model: multiply-accumulates, parameters, size. One definition each, everywhere."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from fvcore.nn import FlopCountAnalysis
from torch import nn

from budama.config.base import Strict
from budama.models.outputs import returning, tensors_of
from budama.models.products import HANDLES
from budama.system.errors import BudamaError

log = logging.getLogger("budama")
# Element-wise work, which by convention is not counted: under 1% of most networks. What also has a
# form that works in place ends with _ there.
_UNCOUNTED = {
    *("abs", "add", "addcmul", "avg_pool2d", "ceil", "celu", "clamp", "clamp_min", "clone", "cos"),
    *("div", "dropout", "elu", "erf", "exp", "expand_as", "feature_dropout"),
    *("fill", "gelu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "linalg_vector_norm"),
    *("log", "log_softmax", "max_pool2d", "max_pool2d_with_indices", "maximum", "mean", "minimum"),
    *("mish", "mul", "ne", "neg", "numel", "pad", "pow", "prelu", "reciprocal", "relu", "relu6"),
    *("rms_norm", "roll", "rsqrt", "rsub", "selu", "sigmoid", "sign", "silu", "sin", "softmax"),
    *("softplus", "sqrt", "square", "std", "sub", "sum", "tanh", "unflatten", "upsample_bicubic2d"),
    *("var", "where", "zero"),
}


# A network's input: the side of a square RGB image, or images [batch, 3, height, width]
Example = int | torch.Tensor


class Figures(Strict):
    """What a model costs for one image.

    ``macs`` are the multiply-accumulates that fvcore counts (published as FLOPs), ``params`` the
    trainable parameters, ``size_bytes`` the bytes of the state dict, buffers included; the
    published "MB" is that over 2**20.
    """

    macs: int
    params: int
    size_bytes: int


def figures(network: nn.Module, example: Example) -> Figures:
    """Return the figures of ``network`` for one image of the size of ``example``.

    Operators that fvcore cannot count and that are not element-wise work are named in a warning.
    """
    count = count_macs(network, example)
    unknown = sorted(
        name
        for name in count.unsupported_ops()
        if name.removeprefix("aten::").removesuffix("_") not in _UNCOUNTED
    )
    if unknown:
        log.warning("not counted in the MACs, because fvcore does not know them: %s", unknown)
    return Figures(
        macs=int(count.total()),
        params=count_params(network),
        size_bytes=count_bytes(network),
    )


def count_params(network: nn.Module) -> int:
    """Count the parameters of ``network``."""
    return sum(p.numel() for p in network.parameters())


def count_bytes(network: nn.Module) -> int:
    """Count the bytes of the state dict of ``network``."""
    return sum(t.numel() * t.element_size() for t in network.state_dict().values())


def one_image(network: nn.Module, example: Example) -> torch.Tensor:
    """Return one black image of the size of ``example``, where and as ``network``'s weights are.

    Raises ``BudamaError`` if it has no weights.
    """
    parameter = next(network.parameters(), None)
    if parameter is None:
        raise BudamaError("the network has no weights: there is nothing to cut in it")
    shape = (3, example, example) if isinstance(example, int) else example.shape[1:]
    return torch.zeros(1, *shape, device=parameter.device, dtype=parameter.dtype)


def count_macs(network: nn.Module, example: Example) -> FlopCountAnalysis:
    """Count the multiply-accumulates of ``network`` for one image, in evaluation mode.

    Raises ``BudamaError`` if torch cannot trace it.
    """
    image = one_image(network, example)
    training = {module: module.training for module in network.modules()}
    count = FlopCountAnalysis(returning(tensors_of, network.eval()), image)
    count.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    count.set_op_handle(**HANDLES)
    try:
        with without_fused_encoders(), _without_new_hooks(network):
            count.total()
    except Exception as error:  # the network's own code, the tracer's and fvcore's: of any kind
        reason = error if isinstance(error, BudamaError) else f"{type(error).__name__}: {error}"
        raise BudamaError(
            f"the multiply-accumulates of {type(network).__name__} cannot be counted at "
            f"{image.shape[2]} x {image.shape[3]} pixels: {' '.join(str(reason).split())}"
        ) from error
    finally:
        for module, mode in training.items():
            module.training = mode
    return count


@contextmanager
def without_fused_encoders() -> Iterator[None]:
    """Let torch's attention and encoder layers run as their parts, which can be followed."""
    enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(enabled)


@contextmanager
def _without_new_hooks(network: nn.Module) -> Iterator[None]:
    """Take off what fvcore leaves on the layers when the trace fails."""
    hooks = [
        table
        for module in network.modules()
        for table in (module._forward_hooks, module._forward_pre_hooks)
    ]
    before = [set(table) for table in hooks]
    try:
        yield
    finally:
        for table, known in zip(hooks, before, strict=True):
            for key in set(table) - known:
                del table[key]
