"""The cost of a model: multiply-accumulates, parameters, size. One definition each, everywhere."""

import logging

import torch
from fvcore.nn import FlopCountAnalysis
from torch import nn

from budama.config.base import Strict

log = logging.getLogger("budama")
# Element-wise work, which by convention is not counted: under 1% of a convolutional network.
_UNCOUNTED = {
    *("aten::add", "aten::add_", "aten::sub", "aten::mul", "aten::mul_", "aten::div", "aten::ceil"),
    *("aten::hardtanh", "aten::hardtanh_", "aten::relu_", "aten::silu", "aten::silu_"),
    *("aten::sigmoid", "aten::sigmoid_", "aten::hardswish", "aten::hardswish_"),
    *("aten::hardsigmoid", "aten::hardsigmoid_", "aten::pad", "aten::mean", "aten::max_pool2d"),
    *("aten::dropout", "aten::dropout_", "aten::feature_dropout"),
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
    unknown = sorted(set(count.unsupported_ops()) - _UNCOUNTED)
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
    """Return one black image of the size of ``example``, where and as ``network``'s weights are."""
    parameter = next(network.parameters())
    shape = (3, example, example) if isinstance(example, int) else example.shape[1:]
    return torch.zeros(1, *shape, device=parameter.device, dtype=parameter.dtype)


def count_macs(network: nn.Module, example: Example) -> FlopCountAnalysis:
    """Count the multiply-accumulates of ``network`` for one image, in evaluation mode."""
    image = one_image(network, example)
    training = network.training
    count = FlopCountAnalysis(network.eval(), image)
    count.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    try:
        count.total()
    finally:
        network.train(training)
    return count
