from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from budama.system.errors import BudamaError
from budama.system.machine import gpus
from budama.workflow.doctor.findings import Status
from budama.workflow.doctor.onnx_runtime import tiny_model, try_providers


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_the_tiny_models_convolve(precision: str) -> None:
    """27 products of 0.1 and 1 (int8: of the steps 1 and 1 of 0.1 each, 27 steps of 0.01)."""
    session = onnxruntime.InferenceSession(tiny_model(precision))
    images = np.full((2, 3, 8, 8), 0.1, np.float16 if precision == "fp16" else np.float32)
    (found,) = session.run(None, {"images": images})
    assert found.shape == (2, 4, 6, 6)
    expected = 0.3 if precision == "int8" else 2.7
    np.testing.assert_allclose(found, expected, atol=1e-2)


def test_providers_are_tried_and_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CUDA is in this ONNX Runtime's list, and there is no driver."""
    monkeypatch.setattr(gpus, "_DRIVER", tmp_path / "missing")
    findings, running = try_providers()
    assert "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    assert running == {"CPU": frozenset({"fp32", "fp16", "int8"})}
    cuda, *_, cpu = findings
    assert cuda.status == Status.NOTE
    assert cuda.seen.startswith("CUDA does not run: CUDAExecutionProvider does not start on this")
    assert "no NVIDIA driver is loaded" in cuda.seen
    assert (cpu.status, cpu.seen.split(" (")[0]) == (Status.FINE, "CPU runs fp32, fp16, int8")


def test_a_precision_that_fails_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_file: Path, target: object, _batch: int) -> None:
        if "int8" in repr(target):
            raise BudamaError("2 of 3 nodes ran on the CPU")

    monkeypatch.setattr("budama.workflow.doctor.onnx_runtime.placement", run)
    findings, running = try_providers()
    assert running["CUDA"] == {"fp32", "tf32", "fp16"}
    assert findings[0].status == Status.NOTE
    assert findings[0].seen.endswith("but not int8 (2 of 3 nodes ran on the CPU)")
