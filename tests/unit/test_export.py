import onnx
import onnxruntime
import pytest
import torch

from budama.export import compare, to_onnx
from budama.models.architecture import build
from tests.conftest import TinyNet


@pytest.fixture(scope="module")
def exported() -> tuple[torch.nn.Module, bytes]:
    torch.manual_seed(0)
    network = build("timm/test_efficientnet", 5).eval()
    return network, to_onnx(network, 32, {"architecture": "timm/test_efficientnet"})


def test_any_batch_size_agrees_with_torch(exported: tuple[torch.nn.Module, bytes]) -> None:
    for batch in (1, 3):
        found = compare(*exported, torch.randn(batch, 3, 32, 32))
        assert found["largest_difference"] < 1e-4
        assert found["top1_agreement_pct"] == 100


def test_the_file_stands_alone_and_says_what_it_is(
    exported: tuple[torch.nn.Module, bytes],
) -> None:
    model = onnx.load_from_string(exported[1])
    assert {entry.key: entry.value for entry in model.metadata_props} == {
        "architecture": "timm/test_efficientnet"
    }
    assert not any(onnx.external_data_helper.uses_external_data(t) for t in model.graph.initializer)
    session = onnxruntime.InferenceSession(exported[1], providers=["CPUExecutionProvider"])
    assert [entry.name for entry in session.get_inputs()] == ["images"]


def test_a_model_that_differs_is_noticed(
    exported: tuple[torch.nn.Module, bytes], tiny_net: TinyNet
) -> None:
    other = build("timm/test_efficientnet", 5).eval()
    assert compare(other, exported[1], torch.randn(8, 3, 32, 32))["largest_difference"] > 1e-2
