"""A GPU's providers, on a network large enough to keep it busy."""

from pathlib import Path
from typing import Any

import pytest
import torch

from budama.config.latency import Latency
from budama.latency import apart, providers
from budama.latency.apart import check_apart
from budama.latency.measure import compare, self_test
from budama.latency.process import run_once
from budama.latency.providers import Target, find_provider, placement
from budama.models.architecture import build
from budama.models.onnx.export import to_onnx
from budama.system.errors import BudamaError

PIXELS = 224
QUICK = Latency(
    providers=["CUDA"], batch_sizes=[1, 16], processes=2, warmup=20, runs=50, seconds=0.2
)


@pytest.fixture(scope="session")
def resnet50(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = build("torchvision/resnet50", 1000).eval()
    path = tmp_path_factory.mktemp("resnet50") / "model.onnx"
    path.write_bytes(to_onnx(network, PIXELS, {}))
    return path


def test_every_node_runs_on_the_gpu(resnet50: Path) -> None:
    assert set(placement(resnet50, Target("CUDA"), 1)) == {"CUDAExecutionProvider"}


def test_the_figures_stay_below_the_devices_peak(resnet50: Path) -> None:
    found = self_test(resnet50, QUICK)
    assert found["machine"]["gpu"]["name"]
    for measurement in found["measurements"]:
        share = measurement["dense"]["peak_pct"]
        assert share is None or 0 < share < 100


def test_tf32_is_another_figure_than_fp32(resnet50: Path) -> None:
    settings = QUICK.model_copy(update={"precisions": ["fp32", "tf32"], "batch_sizes": [16]})
    _, tf32 = self_test(resnet50, settings)["measurements"]
    assert tf32["precision"] == "tf32"
    assert tf32["ratio"] < 0.95


def test_a_graph_of_the_gpus_work_gives_the_same_share(resnet50: Path) -> None:
    graph = QUICK.model_copy(update={"cuda_graph": True, "batch_sizes": [1]})
    found: dict[str, Any] = compare(resnet50, resnet50, graph)
    assert 0.9 < found["measurements"][0]["ratio"] < 1.1


@pytest.fixture(params=["CUDA", "TensorRT"])
def target(request: pytest.FixtureRequest, resnet50: Path, tmp_path: Path) -> Target:
    try:
        find_provider(resnet50, [request.param])
    except BudamaError as error:
        pytest.skip(str(error))
    return Target(request.param, engines=str(tmp_path / "engines"))


def test_files_of_the_same_names_are_told_apart(resnet50: Path, target: Target) -> None:
    """A second time, too, when every engine is found in its cache."""
    for _ in range(2):
        found = check_apart(resnet50, target, 1)
        assert found["decoys"] == ["other weights", "other shapes"]
        assert found["difference_pct"] < 1


def test_one_folder_of_engines_for_all_files_is_seen(
    resnet50: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, ONNX Runtime's key has learned of weights and shapes."""
    try:
        find_provider(resnet50, ["TensorRT"])
    except BudamaError as error:
        pytest.skip(str(error))
    shared = Target("TensorRT", engines=str(tmp_path))
    monkeypatch.setattr(providers, "engine_folder", lambda *_: tmp_path)
    monkeypatch.setattr(
        apart, "in_fresh_process", lambda _, *given, **more: run_once(*given, **more)
    )
    with pytest.raises(BudamaError, match=r"takes one file for another|may have taken one for"):
        check_apart(resnet50, shared, 1)
