from pathlib import Path
from typing import Any

import pytest

from budama.latency.providers import (
    Target,
    check_first,
    check_placement,
    engine_folder,
    find_provider,
    open_timed_session,
    placement,
    provider_options,
)
from budama.system.errors import BudamaError
from budama.system.machine.gpus import driver_version
from tests.unit.latency.models import classifier, products

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


PROVIDERS = ("CUDA", "TensorRT", "OpenVINO", "CPU")
PLACES = ("path", "dir", "prefix", "name", "folder", "config")


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_two_files_of_the_same_names_share_nothing(
    tmp_path: Path, provider: str, graph: bool
) -> None:
    """Whatever a provider keeps, it keeps in a place of the file's content."""
    target = Target(provider, cuda_graph=graph, engines=str(tmp_path / "engines"))
    dense, other = (classifier(tmp_path / str(n) / "model.onnx", 4, n) for n in (0, 1))
    pruned = classifier(tmp_path / "2" / "model.onnx", 3)
    places = [
        [
            value
            for _, options in provider_options(file, target, 1)
            for key, value in options.items()
            if any(word in key for word in PLACES)
        ]
        for file in (dense, other, pruned)
    ]
    assert len({place for file in places for place in file}) == sum(map(len, places))
    assert all(len(file) == (1 if provider == "TensorRT" else 0) for file in places)
    copy = classifier(tmp_path / "copy" / "model.onnx", 4, 0)
    assert provider_options(copy, target, 1) == provider_options(dense, target, 1)


def test_an_engine_is_of_one_precision_and_batch_size(tmp_path: Path) -> None:
    """TensorRT's key knows nothing of TF32, and a larger batch changes the engine for the other."""
    model = classifier(tmp_path / "model.onnx")
    targets = [Target("TensorRT", precision=name, engines="e") for name in ("fp32", "tf32")]
    found = {engine_folder(model, target, batch) for target in targets for batch in (1, 8)}
    assert len(found) == 4


def test_nothing_of_one_file_s_kernels_is_kept_for_another(tmp_path: Path) -> None:
    target = Target("TensorRT", engines=str(tmp_path))
    (_, options), _ = provider_options(classifier(tmp_path / "model.onnx"), target, 1)
    assert options["trt_timing_cache_enable"] == "0"
    assert Path(options["trt_engine_cache_path"]).is_dir()


def test_openvino_takes_the_threads_that_it_is_given(tmp_path: Path) -> None:
    chain = provider_options(tmp_path / "m.onnx", Target("OpenVINO", threads=3), 1)
    assert chain == [("OpenVINOExecutionProvider", {"num_of_threads": "3"})]


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
