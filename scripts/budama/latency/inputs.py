"""Random inputs for any ONNX file that takes images, and which batches it takes."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import onnxruntime

from budama.system.errors import BudamaError

_KINDS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class Input(NamedTuple):
    """An input as ONNX Runtime describes it: free dimensions are words or ``None``."""

    name: str
    shape: list[int | str | None]
    type: str


def example(session: onnxruntime.InferenceSession, batch: int) -> dict[str, Any]:
    """Return inputs for ``session``; a free first dimension is the batch.

    Raises ``BudamaError`` as ``check_inputs`` does.
    """
    entries = session.get_inputs()
    check_inputs(entries, batch)
    random = np.random.default_rng(0)
    return {
        entry.name: random.standard_normal((batch, *entry.shape[1:])).astype(_KINDS[entry.type])
        for entry in entries
    }


def check_inputs(entries: Iterable[Any], batch: int) -> None:
    """Raise ``BudamaError`` if a file with these inputs cannot be given ``batch`` random images.

    No dimension but the first may be free, which must not be fixed to another batch, and an input
    must be floating point.
    """
    for entry in entries:
        first, *rest = entry.shape or [None]
        if any(not isinstance(size, int) for size in rest):
            raise BudamaError(
                f"input '{entry.name}' has the shape {entry.shape}: only its first dimension may "
                "be free; export the model with fixed ones"
            )
        if isinstance(first, int) and first != batch:
            raise BudamaError(
                f"input '{entry.name}' is fixed to a batch of {first}, and {batch} is wanted"
            )
        if entry.type not in _KINDS:
            raise BudamaError(f"input '{entry.name}' is a {entry.type}: only floats are timed")


def inputs_of(file: Any) -> list[Input]:
    """Return the inputs of a loaded ONNX file (``onnx.ModelProto``), without opening a session."""
    weights = {tensor.name for tensor in file.graph.initializer}
    return [_described(entry) for entry in file.graph.input if entry.name not in weights]


def _described(entry: Any) -> Input:
    import onnx  # not on the way to the clock

    kind = entry.type.tensor_type
    name = onnx.TensorProto.DataType.Name(kind.elem_type).lower()
    shape = [
        size.dim_value if size.HasField("dim_value") else size.dim_param or None
        for size in kind.shape.dim
    ]
    return Input(entry.name, shape, f"tensor({name})")
