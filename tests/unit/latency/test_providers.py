from pathlib import Path
from typing import Any

import pytest

from budama.latency.providers import (
    Target,
    check_first,
    check_placement,
    find_provider,
    open_timed_session,
    placement,
)
from budama.system.errors import BudamaError
from budama.system.machine.gpus import driver_version
from tests.unit.latency.models import products

WITHOUT_GPU = pytest.mark.skipif(driver_version() is not None, reason="this machine has a GPU")


@WITHOUT_GPU
def test_a_provider_that_is_listed_but_cannot_run_is_not_taken(tmp_path: Path) -> None:
    """Without a GPU, ONNX Runtime lists CUDA all the same and would run on the CPU in silence."""
    model = products(tmp_path / "1.onnx", 1)
    provider, passed_over = find_provider(model, ["CUDA", "CPU"])
    assert provider == "CPU"
    assert "no NVIDIA driver is loaded" in passed_over[0]
    with pytest.raises(BudamaError, match=r"\(latency.providers\): CUDA.*not found: libcuda.so.1"):
        find_provider(model, ["CUDA"])


def test_a_provider_of_another_package_names_it(tmp_path: Path) -> None:
    with pytest.raises(BudamaError, match="install onnxruntime-openvino in place of"):
        open_timed_session(products(tmp_path / "1.onnx", 1), Target("OpenVINO"))


def test_a_session_that_fell_back_is_refused() -> None:
    check_first(["CUDAExecutionProvider", "CPUExecutionProvider"], "CUDA")
    with pytest.raises(BudamaError, match="would have used CPUExecutionProvider"):
        check_first(["CPUExecutionProvider"], "CUDA")


def node(name: str, provider: str) -> dict[str, Any]:
    return {"cat": "Node", "name": name, "args": {"provider": provider}}


def test_one_node_on_the_cpu_is_refused() -> None:
    events = [node(f"conv{i}_kernel_time", "CUDAExecutionProvider") for i in range(3)]
    assert check_placement(events, "CUDA") == {"CUDAExecutionProvider": 3}
    fallen = [*events, node("resize_kernel_time", "CPUExecutionProvider")]
    with pytest.raises(BudamaError, match="1 of 4 nodes ran on the CPU instead of CUDA"):
        check_placement(fallen, "CUDA")
    with pytest.raises(BudamaError, match="names no node"):
        check_placement([], "CUDA")


def test_every_node_of_a_run_is_placed(tmp_path: Path) -> None:
    model = products(tmp_path / "3.onnx", 3)
    assert placement(model, Target("CPU"), 1) == {"CPUExecutionProvider": 3}


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not onnx")
    with pytest.raises(BudamaError, match=r"CPUExecutionProvider cannot run .*broken.onnx"):
        find_provider(broken, ["CPU"])
