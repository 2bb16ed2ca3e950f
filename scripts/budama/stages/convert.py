"""The conversion stage: the exported ONNX file in a lower precision."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnx
import onnx_ir
from onnxruntime.transformers.float16 import convert_float_to_float16

from budama.data.loading import evaluation_batches
from budama.data.prepared import PreparedData
from budama.models.onnx.file import check_foreign, finished, metadata_of
from budama.models.onnx.quantization import to_int8
from budama.models.preprocessing import Input
from budama.system.files.atomic import explained, write_bytes
from budama.system.job.device import Execution
from budama.system.job.progress import track

log = logging.getLogger("budama")


def convert(
    *,
    model: Path,
    precision: Literal["fp16", "int8"],
    data: Path,
    batch_size: int | None,
    output: Path,
    execution: Execution,
) -> None:
    """Write the ONNX file ``model`` in ``precision`` to ``output``; it takes and gives float32.

    int8 is calibrated on the calibration images of ``data``, ``batch_size`` at a time: those that
    the criteria see, in the same order. Raises ``BudamaError`` if onnx's checker refuses what came
    of it.
    """
    execution.prepare()
    check_foreign(model)
    source = onnx.load(model)
    metadata = metadata_of(source) | {"precision": precision}
    with explained(output):  # the libraries write to temporary files, too
        if precision == "fp16":
            converted = to_fp16(source)
        else:
            assert batch_size is not None
            spec = Input.model_validate(json.loads(metadata["input"]))
            images = _calibration_images(data, spec, batch_size, execution.workers)
            converted = to_int8(source, images, execution.threads)
    content = finished(converted, metadata)
    write_bytes(output, content)
    log.info("%s: %d bytes, of %d", precision, len(content), model.stat().st_size)


def to_fp16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return ``model`` with weights and activations in float16, its input and output in float32."""
    converted = onnx_ir.from_proto(convert_float_to_float16(model, keep_io_types=True))
    converted.graph.sort()  # the casts were put behind what reads them
    return onnx_ir.to_proto(converted)


def _calibration_images(
    data: Path, spec: Input, batch_size: int, workers: int
) -> Iterator[npt.NDArray[np.float32]]:
    batches = evaluation_batches(PreparedData.open(data), "calibration", spec, batch_size, workers)
    for images, _ in track(batches, len(batches), "calibration"):
        yield images.numpy()
