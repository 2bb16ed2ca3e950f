"""An ONNX file in ONNX Runtime, opened for its answers; ``latency`` opens its own for speed."""

import logging
from pathlib import Path

import onnxruntime
import torch

from budama.models.onnx.file import check_foreign
from budama.system.errors import BudamaError

log = logging.getLogger("budama")


def open_session(
    model: Path | bytes, device: torch.device, threads: int
) -> onnxruntime.InferenceSession:
    """Open ``model``, a file or its content, on ``device``, or on the CPU where CUDA cannot start.

    float32 stays float32 (no TensorFloat-32). Raises ``BudamaError`` if it is not a model that ONNX
    Runtime can run, or if it would have files elsewhere read.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # between its batches it would keep cores busy that torch is to use
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    cuda = ("CUDAExecutionProvider", {"device_id": str(device.index or 0), "use_tf32": "0"})
    providers = [cuda] if device.type == "cuda" else []
    if isinstance(model, Path):
        check_foreign(model)
    try:
        session = onnxruntime.InferenceSession(
            model, options, providers=[*providers, "CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime's own errors share no base class but this
        name = model if isinstance(model, Path) else "the ONNX model"
        raise BudamaError(
            f"{name}: ONNX Runtime cannot open it: {' '.join(str(error).split())}"
        ) from error
    log.info("ONNX Runtime on %s", session.get_providers()[0])
    return session


def logits(session: onnxruntime.InferenceSession, images: torch.Tensor) -> torch.Tensor:
    """Return what the model says of ``images``: float32 ``[batch, classes]`` where they lie.

    Raises ``BudamaError`` if ONNX Runtime cannot run it on them.
    """
    try:
        (found,) = session.run(["logits"], {"images": images.cpu().numpy()})
    except Exception as error:  # ONNX Runtime's own errors share no base class but this
        raise BudamaError(
            f"ONNX Runtime opens the model and cannot run it on images {list(images.shape)}: "
            f"{' '.join(str(error).split())}"
        ) from error
    return torch.from_numpy(found).to(images.device)
