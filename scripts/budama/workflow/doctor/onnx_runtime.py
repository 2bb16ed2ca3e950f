"""ONNX Runtime's providers, each tried for real: it lists those that cannot start, too."""

import tempfile
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import NodeProto, TensorProto, helper, numpy_helper

from budama.config.latency import Latency
from budama.latency.providers import Target, placement
from budama.latency.requirements import needs_driver
from budama.system.errors import BudamaError
from budama.workflow.doctor.findings import Finding, fine, listed, note, one_line

PROVIDERS, PRECISIONS = (
    get_args(get_args(Latency.model_fields[key].annotation)[0])
    for key in ("providers", "precisions")
)
_STORED = ("fp32", "fp16", "int8")


def try_providers() -> tuple[list[Finding], dict[str, frozenset[str]]]:
    """Run a convolution on every provider; return what came of it, and what runs where."""
    findings, running = [], {}
    with tempfile.TemporaryDirectory(prefix="budama-doctor-") as folder:
        files = {precision: Path(folder) / f"{precision}.onnx" for precision in _STORED}
        for precision, file in files.items():
            file.write_bytes(tiny_model(precision))
        for provider in PROVIDERS:
            finding, precisions = _try(provider, files | {"tf32": files["fp32"]})
            findings.append(finding)
            if precisions:
                running[provider] = frozenset(precisions)
    return findings, running


def _try(provider: str, files: dict[str, Path]) -> tuple[Finding, list[str]]:
    area = "ONNX Runtime"
    reason = _failure(Target(provider), files["fp32"])
    if reason:
        return note(area, f"{provider} does not run: {reason}"), []
    failures = {
        precision: _failure(Target(provider, precision=precision), files[precision])
        for precision in PRECISIONS
        if precision != "tf32" or needs_driver(provider)
    }
    runs = [precision for precision, failure in failures.items() if not failure]
    seen = f"{provider} runs {listed(runs)} (version {onnxruntime.__version__})"
    failed = [f"{precision} ({failure})" for precision, failure in failures.items() if failure]
    if failed:
        return note(area, f"{seen}, but not {listed(failed)}"), runs
    return fine(area, seen), runs


def _failure(target: Target, file: Path) -> str:
    """Return why a model does not run on a target, or nothing if every node ran there."""
    try:
        placement(file, target, 1)
    except BudamaError as error:
        return str(error).replace(str(file), "a convolution")
    except Exception as error:  # a provider may open a model and fail only when it runs
        return one_line(error)
    return ""


def tiny_model(precision: str) -> bytes:
    """Return an ONNX file with one convolution of 8 x 8 images, in ``precision`` (not tf32)."""
    kind = TensorProto.FLOAT16 if precision == "fp16" else TensorProto.FLOAT
    dtype = np.float16 if precision == "fp16" else np.float32
    nodes = [helper.make_node("Conv", ["images", "weight"], ["logits"])]
    tensors: dict[str, npt.NDArray[np.generic]] = {"weight": np.ones((4, 3, 3, 3), dtype)}
    if precision == "int8":
        nodes = _quantised()
        tensors = {
            "weight.int8": np.ones((4, 3, 3, 3), np.int8),
            "scale": np.array(0.1, np.float32),
            "zero": np.array(0, np.int8),
        }
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", kind, ["batch", 3, 8, 8])],
        [helper.make_tensor_value_info("logits", kind, ["batch", 4, 6, 6])],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    model: onnx.ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10
    )
    content: bytes = model.SerializeToString()
    return content


def _quantised() -> list[NodeProto]:
    """Return a convolution as ONNX Runtime's static quantizer writes it."""
    grid = ["scale", "zero"]
    return [
        helper.make_node("QuantizeLinear", ["images", *grid], ["images.int8"]),
        helper.make_node("DequantizeLinear", ["images.int8", *grid], ["images.rounded"]),
        helper.make_node("DequantizeLinear", ["weight.int8", *grid], ["weight"]),
        helper.make_node("Conv", ["images.rounded", "weight"], ["sums"]),
        helper.make_node("QuantizeLinear", ["sums", *grid], ["sums.int8"]),
        helper.make_node("DequantizeLinear", ["sums.int8", *grid], ["logits"]),
    ]
