"""The CUDA provider, on a network large enough to keep a GPU busy."""

from pathlib import Path
from typing import Any

import pytest
import torch

from budama.config.latency import Latency
from budama.latency.measure import compare, self_test
from budama.latency.providers import Target, placement
from budama.models.architecture import build
from budama.models.figures import figures
from budama.models.onnx.export import to_onnx

PIXELS = 224
QUICK = Latency(
    providers=["CUDA"], batch_sizes=[1, 16], processes=2, warmup=20, runs=50, seconds=0.2
)


@pytest.fixture(scope="session")
def resnet50(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = build("torchvision/resnet50", 1000).eval()
    path = tmp_path_factory.mktemp("resnet50") / "model.onnx"
    macs = figures(network, PIXELS).macs
    path.write_bytes(to_onnx(network, PIXELS, {"macs": str(macs)}))
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
