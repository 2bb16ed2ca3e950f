"""Random inputs for any ONNX file that takes images."""

from typing import Any

import numpy as np
import onnxruntime

from budama.system.errors import BudamaError

_KINDS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


def example(session: onnxruntime.InferenceSession, batch: int) -> dict[str, Any]:
    """Return inputs for ``session``; a free first dimension is the batch.

    Raises ``BudamaError`` if another dimension is free, the batch is fixed to another size, or an
    input is not floating point.
    """
    random = np.random.default_rng(0)
    return {entry.name: _random(entry, batch, random) for entry in session.get_inputs()}


def _random(entry: Any, batch: int, random: np.random.Generator) -> Any:
    first, *rest = entry.shape or [None]
    if any(not isinstance(size, int) for size in rest):
        raise BudamaError(
            f"input '{entry.name}' has the shape {entry.shape}: only its first dimension may be "
            "free; export the model with fixed ones"
        )
    if isinstance(first, int) and first != batch:
        raise BudamaError(
            f"input '{entry.name}' is fixed to a batch of {first}, and {batch} is wanted"
        )
    if entry.type not in _KINDS:
        raise BudamaError(f"input '{entry.name}' is a {entry.type}: only floats are timed")
    return random.standard_normal((batch, *rest)).astype(_KINDS[entry.type])
