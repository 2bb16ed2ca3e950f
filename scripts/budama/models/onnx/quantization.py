"""Static 8-bit quantization with ONNX Runtime's own quantizer."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.calibrate import MinMaxCalibrater, save_tensors_data

from budama.models.onnx.session import open_session
from budama.system.errors import BudamaError

Images = npt.NDArray[np.float32]


def to_int8(model: onnx.ModelProto, batches: Iterable[Images], threads: int) -> onnx.ModelProto:
    """Return ``model`` with 8-bit weights and activations, calibrated on ``batches``.

    Each batch is ``[images, 3, size, size]``. Weights are signed, with a scale per output channel;
    activations are unsigned, between the smallest and the largest value that the batches gave:
    ONNX Runtime's choice for x86 CPUs with VNNI (without it, sums of products may saturate).
    QuantizeLinear and DequantizeLinear stand explicitly in the graph (QDQ). Raises ``BudamaError``
    if there are no images.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        source, ranges, result = (folder / file for file in ("model.onnx", "ranges.json", "q.onnx"))
        onnx.save(model, source)
        _save_ranges(source, batches, threads, ranges)
        # It warns that quant_pre_process was not called. That step left the demo's dense model at
        # the same accuracy, and the outputs of four untrained networks about as far from torch's.
        quantize_static(
            source,
            result,
            calibration_cache_path=ranges,
            calibrate_method=CalibrationMethod.MinMax,
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return onnx.load(result)


def _save_ranges(model: Path, batches: Iterable[Images], threads: int, ranges: Path) -> None:
    """Write the smallest and largest value of every tensor of ``model`` to ``ranges`` (JSON)."""
    calibrater = _Calibrater(model, threads)
    empty = True
    for images in batches:
        # one batch at a time: of each, the calibrater keeps two values per tensor until it returns
        calibrater.collect_data(_OneBatch(images))
        empty = False
    if empty:
        raise BudamaError("int8 is calibrated on images, and there are no calibration images")
    save_tensors_data(calibrater.compute_data(), ranges)


class _Calibrater(MinMaxCalibrater):  # type: ignore[misc]
    """ONNX Runtime's, which would take all cores for itself, with the threads of the job."""

    def __init__(self, model: Path, threads: int) -> None:
        super().__init__(model, augmented_model_path=str(model.with_name("augmented.onnx")))
        self._threads = threads
        self.augment_graph()
        self.create_inference_session()

    def create_inference_session(self) -> None:
        path = Path(self.augmented_model_path)
        self.infer_session = open_session(path, torch.device("cpu"), self._threads)


class _OneBatch(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, images: Images) -> None:
        self._left: Iterator[dict[str, Any]] = iter([{"images": images}])

    def get_next(self) -> dict[str, Any] | None:
        return next(self._left, None)
