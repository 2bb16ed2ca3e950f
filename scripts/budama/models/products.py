"""Multiply-accumulates of the operators that fvcore does not know, or counts too few of.

One function per operator, from the shapes in torch's trace to multiply-accumulates. Element-wise
work (softmax, scales, masks, additions) is not counted, as in published figures.
"""

from collections.abc import Callable, Sequence
from math import isqrt, prod
from typing import Any

from fvcore.nn import jit_handles

Values = Sequence[Any]  # of torch's graph: an operator's inputs or outputs
_MATRIX = 2


def attention(inputs: Values, _outputs: Values) -> int:
    """Return those of ``scaled_dot_product_attention``.

    Queries ``[..., L, E]``, keys ``[..., S, E]`` and values ``[..., S, V]`` take, for each of
    ``...`` (images, heads), ``L * S * (E + V)``: the products of queries and keys, and of that and
    values. Where heads share keys, there are still as many queries, whose number counts.
    """
    query, key, value = (shape_of(tensor) for tensor in inputs[:3])
    return prod(query[:-1]) * key[-2] * (query[-1] + value[-1])


def product(inputs: Values, outputs: Values) -> int:
    """Return those of ``matmul``, ``mm``, ``bmm``, ``mv``, ``dot`` and ``inner``.

    They are ``prod(output) * K``: each number of the output is a sum over ``K``, the last dimension
    of the first factor. fvcore takes that factor's shape, which is too few where it is repeated.
    """
    return prod(shape_of(outputs[0])) * shape_of(inputs[0])[-1]


def added_product(inputs: Values, outputs: Values) -> int:
    """Return those of ``baddbmm``, ``addmm`` and ``addmv``, where the first input is added."""
    return product(inputs[1:], outputs)


def summed_product(inputs: Values, outputs: Values) -> int:
    """Return those of ``addbmm``, which sums a product over its batch: ``B * N * P * K``."""
    return added_product(inputs, outputs) * shape_of(inputs[1])[0]


def contraction(inputs: Values, outputs: Values) -> int:
    """Return those of ``tensordot``, ``prod(output)`` times the numbers ``K`` that each sums.

    The first factor has ``K * A`` numbers, the second ``K * B`` and the output ``A * B``, so that
    they are the root of the product of all three.
    """
    return isqrt(prod(prod(shape_of(tensor)) for tensor in (*inputs[:2], outputs[0])))


def bilinear(inputs: Values, outputs: Values) -> int:
    """Return those of ``bilinear``.

    For the weight ``[O, I, J]``, each number of the output takes ``I * J`` and then ``J``.
    """
    first, second = (shape_of(tensor)[-1] for tensor in inputs[:2])
    return prod(shape_of(outputs[0])) * (first * second + second)


def recurrent(inputs: Values, _outputs: Values) -> int:
    """Return those of ``lstm``, ``gru`` and ``rnn_*``.

    Of the input ``[T, B, ...]`` (or ``[B, T, ...]``), each of ``T * B`` is multiplied by every
    matrix of weights once.
    """
    matrices = [shape_of(weight) for weight in _list_of_weights(inputs)]
    steps = prod(shape_of(inputs[0])[:2])
    return steps * sum(prod(shape) for shape in matrices if len(shape) == _MATRIX)


def _list_of_weights(inputs: Values) -> Values:
    """Return the weights of a recurrent layer: in a list, after the first state or states."""
    lists = [value for value in inputs[1:4] if value.node().kind() == "prim::ListConstruct"]
    return list(max(lists, key=lambda value: len(list(value.node().inputs()))).node().inputs())


def shape_of(value: Any) -> list[int]:
    """Return the shape of a tensor in torch's trace."""
    shape: list[int] = jit_handles.get_shape(value)
    return shape


Handle = Callable[[Values, Values], int]
HANDLES: dict[str, Handle] = {
    "aten::scaled_dot_product_attention": attention,
    **dict.fromkeys(("aten::matmul", "aten::mm", "aten::bmm", "aten::mv"), product),
    **dict.fromkeys(("aten::dot", "aten::inner"), product),
    **dict.fromkeys(("aten::baddbmm", "aten::addmm", "aten::addmv"), added_product),
    "aten::addbmm": summed_product,
    "aten::tensordot": contraction,
    "aten::bilinear": bilinear,
    **dict.fromkeys(("aten::lstm", "aten::gru", "aten::rnn_tanh", "aten::rnn_relu"), recurrent),
}
